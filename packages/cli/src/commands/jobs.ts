import {
  type Job,
  type JobPlace,
  type JobState,
  type JobSummary,
  type Relay,
  RelayError,
} from '@relay/sdk';
import { type Command, Option } from 'commander';
import type { Attach } from '../action.ts';
import type { Context } from '../context.ts';
import { describeError, EXIT, exitCodeOf, isHopeless } from '../exit.ts';
import { backoffText, count, duration, plain } from '../format.ts';
import { given, listLimit } from '../values.ts';

const STATES = ['ready', 'scheduled', 'active', 'completed', 'dead', 'cancelled'] as const;

const COLUMNS = [
  { title: 'ID' },
  { title: 'TYPE' },
  { title: 'STATE' },
  { title: 'PRIORITY', right: true },
  { title: 'ATTEMPTS', right: true },
  { title: 'CREATED' },
  { title: 'ERROR' },
] as const;

function jobRow(job: JobSummary): string[] {
  const { id, type, state, priority, attempts, maxAttempts, createdAt, error } = job;
  const tries = `${attempts}/${maxAttempts}`;
  return [id, type, state, count(priority), tries, createdAt, error?.message ?? ''];
}

interface ListOptions {
  readonly state: JobState;
  readonly type?: string;
  readonly order?: 'asc' | 'desc';
  readonly limit: number;
}

/** `jobs`, `job`, `cancel`, `retry`. */
export function addJobs(program: Command, attach: Attach): void {
  attach<ListOptions>(
    program
      .command('jobs')
      .description('list the jobs of a queue in one state')
      .argument('<queue>')
      .addOption(new Option('--state <state>').choices(STATES).default('ready'))
      .option('--type <type>', 'only those of this type')
      .addOption(new Option('--order <order>').choices(['asc', 'desc']))
      .addOption(listLimit()),
    async (context, [queue = ''], { limit, ...filter }) => {
      const { signal } = context.io;
      await context.list(
        context
          .relay()
          .queue(queue)
          .jobs({ ...given(filter), state: filter.state, signal }),
        {
          columns: COLUMNS,
          row: jobRow,
          limit,
          queue,
          none: `No jobs in ${queue} are ${filter.state}.`,
        },
      );
    },
  );
  attach<{ queue?: string }>(
    program
      .command('job')
      .description('show a job: options, payload, result, error and history')
      .argument('<id>')
      .option('--queue <queue>', 'queue of the job; default: search all'),
    async (context, [id = ''], { queue }) => {
      const relay = context.relay();
      const { signal } = context.io;
      const job = await (queue === undefined
        ? relay.job(id, { signal })
        : relay.queue(queue).job(id, { signal }));
      await context.show(job, () => jobLines(context, job));
    },
  );
  attach<{ reason?: string }>(
    program
      .command('cancel')
      .description('cancel jobs; a running one learns of it with its next heartbeat')
      .argument('<id...>')
      .option('--reason <text>', 'passed to its worker and stored'),
    async (context, ids, { reason }) =>
      await each(context, ids, async (relay, { queue, id }) =>
        relay.queue(queue).cancel(id, { signal: context.io.signal, ...given({ reason }) }),
      ),
  );
  attach(
    program
      .command('retry')
      .description('make dead jobs ready again, with their counters reset')
      .argument('<id...>'),
    async (context, ids) =>
      await each(context, ids, async (relay, { queue, id }) =>
        relay.queue(queue).retry(id, { signal: context.io.signal }),
      ),
  );
}

/** One after the other. What is refused is told, and the others are done all the same. */
async function each(
  context: Context,
  ids: readonly string[],
  act: (relay: Relay, job: Job) => Promise<JobPlace>,
): Promise<number> {
  const relay = context.relay();
  let code: number = EXIT.ok;
  for (const id of ids) {
    try {
      const job = await relay.job(id, { signal: context.io.signal });
      const place = await act(relay, job);
      const told = place.state === 'active' ? 'active: its worker is told' : place.state;
      await context.show(place, () => `${place.id} in ${place.queue}: ${told}`);
    } catch (error) {
      context.io.signal.throwIfAborted();
      if (!(error instanceof RelayError) || isHopeless(error)) throw error;
      code = exitCodeOf(error);
      const said = plain(error.message);
      await context.note(
        context.json ? JSON.stringify({ id, ...describeError(error) }) : `relay: ${id}: ${said}`,
      );
    }
  }
  return code;
}

function jobLines(context: Context, job: Job): string[] {
  const { error, history, backoff } = job;
  const optional: [string, string | null][] = [
    ['started', job.startedAt],
    ['finished', job.finishedAt],
    ['worker', job.workerId],
    ['lease until', job.leaseExpiresAt],
    ['reason', job.reason],
    ['error', error === null ? null : `${error.name}: ${error.message}`],
    ['key', job.idempotencyKey],
    ['progress', job.progress === null ? null : JSON.stringify(job.progress)],
    ['result', job.state === 'completed' ? JSON.stringify(job.result) : null],
  ];
  const lines = context.facts([
    ['id', job.id],
    ['queue', job.queue],
    ['type', job.type],
    ['state', job.state],
    ['priority', count(job.priority)],
    [
      'attempts',
      `${job.attempts} of ${job.maxAttempts}, crashes ${job.crashes} of ${job.maxCrashes}`,
    ],
    ['backoff', backoffText(backoff)],
    ['created', job.createdAt],
    ['due', job.runAt],
    ...optional.flatMap(([name, value]) =>
      value === null ? [] : [[name, value] as [string, string]],
    ),
    ['payload', JSON.stringify(job.payload)],
  ]);
  if (history.length === 0) return lines;
  const rows = history.map((one) => [
    count(one.number),
    one.outcome,
    one.startedAt,
    duration(Date.parse(one.endedAt) - Date.parse(one.startedAt)),
    one.workerId,
    one.message ?? '',
  ]);
  const columns = ['DELIVERY', 'OUTCOME', 'STARTED', 'TOOK', 'WORKER', 'MESSAGE'];
  return [
    ...lines,
    '',
    ...context.table(
      columns.map((title) => ({ title })),
      rows,
    ),
  ];
}
