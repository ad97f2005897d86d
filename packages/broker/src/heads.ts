import { Cluster } from 'ioredis';
import { StoreCorruptError } from './errors.ts';
import type { QueueCalls } from './queue-calls.ts';
import type { CallOptions, Invocation, ScriptRunner } from './runner.ts';

/** What a background loop must know of a queue that it does not visit. */
export interface QueueHead {
  readonly queue: string;
  /** When the queue needs a background loop next, as the scripts have noted it; null: not known to need any. */
  readonly dueAt: number | null;
  /** Jobs accepted since the queue was made. */
  readonly enqueued: number;
}

const NOT_TOGETHER = /CROSSSLOT|WRONGTYPE/;

type Values = readonly (string | null)[];

/**
 * Two hash fields a queue, read with the others' in one go: the scripts note a due time whenever they publish one, so
 * that this finds every message that was missed, at a hundredth of the price of a visit. A key of a wrong type counts as
 * nothing noted.
 */
export async function readHeads(
  { runner, calls }: { readonly runner: ScriptRunner; readonly calls: QueueCalls },
  queues: readonly string[],
  options: CallOptions,
): Promise<QueueHead[]> {
  const all = calls.acrossQueues('heads', queues);
  const values =
    (await readTogether(runner, all, options)) ?? (await readEach(runner, all, options));
  return queues.map((queue, i) => {
    const due = values[i * 2] ?? null;
    return {
      queue,
      dueAt: due === null ? null : Number(due),
      enqueued: Number(values[i * 2 + 1] ?? 0),
    };
  });
}

/**
 * By one script: a sweep over thousands of queues at rest is one command then, not hundreds. Undefined where that cannot
 * be: in a cluster, behind a proxy that hides one, and where a key is of a wrong type.
 */
async function readTogether(
  runner: ScriptRunner,
  all: Invocation,
  options: CallOptions,
): Promise<Values | undefined> {
  if (runner.inCluster) return undefined;
  try {
    return (await runner.run(all, options)) as Values;
  } catch (error) {
    if (error instanceof StoreCorruptError && NOT_TOGETHER.test(error.message)) return undefined;
    throw error;
  }
}

async function readEach(
  runner: ScriptRunner,
  { keys, what }: Invocation,
  options: CallOptions,
): Promise<Values> {
  const fields = ['due', 'enqueued'] as const;
  return runner.command(
    what,
    async (client) => {
      const reads = keys.map((key, i) => [key, fields[i % 2] ?? fields[0]] as const);
      if (client instanceof Cluster) {
        return Promise.all(
          reads.map(([key, field]) => client.hget(key, field).catch(nullIfOfWrongType)),
        );
      }
      const pipeline = client.pipeline();
      for (const [key, field] of reads) pipeline.hget(key, field);
      const answers = (await pipeline.exec()) ?? [];
      return answers.map(([error, value]) =>
        error === null ? (value as string | null) : nullIfOfWrongType(error),
      );
    },
    options,
  );
}

function nullIfOfWrongType(error: unknown): null {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return null;
  throw error;
}
