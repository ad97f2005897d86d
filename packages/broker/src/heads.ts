import { Cluster, type Redis } from 'ioredis';
import { queueKeys } from './keys.ts';
import type { CallOptions, ScriptRunner } from './runner.ts';

/** What a background loop must know of a queue that it does not visit. */
export interface QueueHead {
  readonly queue: string;
  /** When the queue needs a background loop next, as the scripts have noted it; null: not known to need any. */
  readonly dueAt: number | null;
  /** Jobs accepted since the queue was made. */
  readonly enqueued: number;
}

/**
 * Two hash fields a queue, read with the others' in one go: the scripts note a due time whenever they publish one, so
 * that this finds every message that was missed, at a hundredth of the price of a visit. A key of a wrong type counts as
 * nothing noted.
 */
export async function readHeads(
  { runner, namespace }: { readonly runner: ScriptRunner; readonly namespace: string },
  queues: readonly string[],
  options: CallOptions,
): Promise<QueueHead[]> {
  const reads = queues.flatMap((queue) => [
    [queueKeys.config(namespace, queue), 'due'] as const,
    [queueKeys.stats(namespace, queue), 'enqueued'] as const,
  ]);
  const values = await runner.command(
    'a look at the due times',
    (client) => readFields(client, reads),
    options,
  );
  return queues.map((queue, i) => {
    const due = values[i * 2] ?? null;
    return {
      queue,
      dueAt: due === null ? null : Number(due),
      enqueued: Number(values[i * 2 + 1] ?? 0),
    };
  });
}

async function readFields(
  client: Redis | Cluster,
  reads: readonly (readonly [key: string, field: string])[],
): Promise<(string | null)[]> {
  if (client instanceof Cluster)
    return Promise.all(
      reads.map(([key, field]) => client.hget(key, field).catch(nullIfOfWrongType)),
    );
  const pipeline = client.pipeline();
  for (const [key, field] of reads) pipeline.hget(key, field);
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([error, value]) =>
    error === null ? (value as string | null) : nullIfOfWrongType(error),
  );
}

function nullIfOfWrongType(error: unknown): null {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return null;
  throw error;
}
