import type { QueueDetail, QueuePatch, QueueSummary, WorkerSummary } from '@relay/sdk';
import { type Command, Option } from 'commander';
import type { Attach } from '../action.ts';
import { UsageError } from '../exit.ts';
import { backoffText, count, duration, rate } from '../format.ts';
import { given, type None, rateValue, wholeNumber, wholeOrNone } from '../values.ts';

/** Columns and rows of queues, for `queues` and `stats`. */
export const QUEUE_COLUMNS = [
  { title: 'QUEUE' },
  { title: 'STATE' },
  { title: 'READY', right: true },
  { title: 'SCHEDULED', right: true },
  { title: 'ACTIVE', right: true },
  { title: 'COMPLETED', right: true },
  { title: 'DEAD', right: true },
  { title: 'OLDEST', right: true },
  { title: 'IN', right: true },
  { title: 'OUT', right: true },
] as const;

export function queueRow({ name, paused, counts, oldestReadyMs, rates }: QueueSummary): string[] {
  return [
    name,
    paused ? 'paused' : 'running',
    count(counts.ready),
    count(counts.scheduled),
    count(counts.active),
    count(counts.completed),
    count(counts.dead),
    duration(oldestReadyMs),
    rate(rates.enqueuedPerSec),
    rate(rates.completedPerSec),
  ];
}

/** `queues`, `workers`, `pause`, `resume`, `limits`. */
export function addQueues(program: Command, attach: Attach): void {
  attach<{ search?: string }>(
    program
      .command('queues')
      .description('list the queues, with counts and rates')
      .option('--search <text>', 'only those whose name contains the text'),
    async (context, _, { search }) => {
      const queues = context.relay().queues({ signal: context.io.signal, ...given({ search }) });
      await context.list(queues, { columns: QUEUE_COLUMNS, row: queueRow, none: 'No queues.' });
    },
  );
  attach(
    program.command('workers').description('list the live workers, and what they do'),
    async (context) => {
      await context.list(context.relay().workers({ signal: context.io.signal }), {
        columns: WORKER_COLUMNS,
        row: workerRow,
        none: 'No workers.',
      });
    },
  );
  for (const verb of ['pause', 'resume'] as const) {
    const done = verb === 'pause' ? 'starts no more jobs; it still accepts them' : 'runs again';
    attach(
      program
        .command(verb)
        .description(
          verb === 'pause' ? 'pause a queue: its jobs do not start' : 'resume a paused queue',
        )
        .argument('<queue>'),
      async (context, [queue = '']) => {
        const answer = await context.relay().queue(queue)[verb]({ signal: context.io.signal });
        await context.show(answer, () => `${queue} ${done}.`);
      },
    );
  }
  addLimits(program, attach);
}

interface LimitOptions {
  readonly rate?: { readonly rate: number; readonly perMs: number } | None;
  readonly burst?: number;
  readonly concurrency?: number | None;
  readonly maxReady?: number | None;
}

function addLimits(program: Command, attach: Attach): void {
  attach<LimitOptions>(
    program
      .command('limits')
      .description('show the limits of a queue, or change them')
      .argument('<queue>')
      .addOption(
        new Option('--rate <n/time>', 'job starts, such as 100/s; or none').argParser(rateValue),
      )
      .addOption(
        new Option('--burst <n>', 'with --rate: size of a burst').argParser(
          wholeNumber(1, 1_000_000),
        ),
      )
      .addOption(
        new Option('--concurrency <n>', 'jobs running at once; or none').argParser(
          wholeOrNone(1, 1_000_000),
        ),
      )
      .addOption(
        new Option('--max-ready <n>', 'maximum number of waiting jobs; or none').argParser(
          wholeOrNone(1, 1_000_000_000),
        ),
      ),
    async (context, [name = ''], options) => {
      const queue = context.relay().queue(name);
      const { signal } = context.io;
      const patch = patchOf(options);
      const changes = Object.keys(patch).length > 0;
      const detail = await (changes ? queue.settings(patch, { signal }) : queue.info({ signal }));
      await context.show(detail, () => context.facts(limitFacts(detail)));
    },
  );
}

function patchOf({ rate: perTime, burst, concurrency, maxReady }: LimitOptions): QueuePatch {
  if (burst !== undefined && (perTime === undefined || perTime === 'none')) {
    throw new UsageError('--burst needs a --rate');
  }
  const orNull = <T>(value: T | None | undefined): T | null | undefined =>
    value === 'none' ? null : value;
  const limit = orNull(perTime);
  return given({
    rateLimit: limit && burst !== undefined ? { ...limit, burst } : limit,
    concurrency: orNull(concurrency),
    maxReady: orNull(maxReady),
  });
}

function limitFacts({ name, paused, config }: QueueDetail): [string, string][] {
  const { rateLimit, concurrency, maxReady, defaults } = config;
  const limit = rateLimit
    ? `${count(rateLimit.rate)} in ${duration(rateLimit.perMs)}, ${count(rateLimit.burst)} at once`
    : 'none';
  return [
    ['queue', name],
    ['state', paused ? 'paused' : 'running'],
    ['rate', limit],
    ['concurrency', concurrency === null ? 'none' : count(concurrency)],
    ['max ready', maxReady === null ? 'none' : count(maxReady)],
    ['attempts', count(defaults.maxAttempts)],
    ['backoff', backoffText(defaults.backoff)],
    ['lease', duration(defaults.leaseMs)],
  ];
}

const WORKER_COLUMNS = [
  { title: 'WORKER' },
  { title: 'KIND' },
  { title: 'BUSY', right: true },
  { title: 'STATE' },
  { title: 'VERSION' },
  { title: 'QUEUES' },
] as const;

function workerRow(worker: WorkerSummary): string[] {
  const { id, kind, busy, slots, draining, quiet, version, queues } = worker;
  const state = draining ? 'draining' : quiet === true ? 'quiet' : 'running';
  return [id, kind, `${busy ?? '-'}/${slots ?? '-'}`, state, version ?? '-', queues.join(',')];
}
