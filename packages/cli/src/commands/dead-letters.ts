import { setTimeout as delay } from 'node:timers/promises';
import type { DeadReason, Operation, Relay } from '@relay/sdk';
import { type Command, Option } from 'commander';
import type { Attach } from '../action.ts';
import type { Context } from '../context.ts';
import { EXIT, UsageError } from '../exit.ts';
import { count, counted, plain } from '../format.ts';
import { Progress } from '../progress.ts';
import { given, jsonValue, listLimit, wholeNumber } from '../values.ts';

const REASONS = [
  'attempts-exhausted',
  'crashed',
  'non-retryable',
  'expired',
  'unhandled',
  'corrupt',
] as const;

const POLL_MS = 250;

interface Filter {
  readonly reason?: DeadReason;
  readonly type?: string;
  readonly group?: string;
}

interface ManyOptions extends Filter {
  readonly all?: true;
  readonly before?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  /** False: `--no-wait`. */
  readonly wait: boolean;
}

interface RequeueOptions extends ManyOptions {
  readonly rate?: number;
  readonly payload?: unknown;
}

/** `dead-letters list | groups | requeue | purge`. */
export function addDeadLetters(program: Command, attach: Attach): void {
  const group = program
    .command('dead-letters')
    .alias('dlq')
    .description('manage the jobs that will not be retried automatically');
  addReading(group, attach);
  attach<RequeueOptions>(
    filtered(
      group
        .command('requeue')
        .description('requeue dead letters: some by their ids, or all that match')
        .argument('<queue>')
        .argument('[id...]'),
    )
      .addOption(
        new Option('--rate <n>', 'maximum number per second').argParser(wholeNumber(1, 100_000)),
      )
      .addOption(
        new Option('--payload <json>', 'with a single id: replaces the payload').argParser(
          jsonValue,
        ),
      ),
    async (context, [queue = '', ...ids], options) =>
      ids.length > 0
        ? await requeueSome(context, queue, { ids, options })
        : await requeueAll(context, queue, options),
  );
  attach<ManyOptions>(
    filtered(
      group
        .command('purge')
        .description('delete all matching dead letters permanently')
        .argument('<queue>'),
    ),
    purge,
  );
}

function addReading(group: Command, attach: Attach): void {
  attach<Filter & { limit: number }>(
    group
      .command('list')
      .description('list them, newest first')
      .argument('<queue>')
      .addOption(new Option('--reason <reason>', 'only this reason').choices(REASONS))
      .option('--type <type>', 'only those of this type')
      .option('--group <group>', 'only those of a group, see `groups`')
      .addOption(listLimit()),
    async (context, [queue = ''], { limit, ...filter }) => {
      const { signal } = context.io;
      const jobs = context
        .relay()
        .queue(queue)
        .deadLetters.list({ ...given(filter), signal });
      await context.list(jobs, {
        columns: ['ID', 'TYPE', 'REASON', 'DIED', 'ERROR'].map((title) => ({ title })),
        row: (job) => [
          job.id,
          job.type,
          job.reason ?? '',
          job.finishedAt ?? '',
          job.error?.message ?? '',
        ],
        limit,
        queue,
        none: `${queue} has no such dead letters.`,
      });
    },
  );
  attach(
    group
      .command('groups')
      .description('group the newest by reason and error, of one queue or all')
      .argument('[queue]'),
    async (context, [queue]) => {
      const { signal } = context.io;
      const { items } = await context.relay().deadLetterGroups({ signal, ...given({ queue }) });
      await context.list(items, {
        columns: ['GROUP', 'QUEUE', 'COUNT', 'REASON', 'LAST', 'ERROR'].map((title) => ({ title })),
        row: (one) => [
          one.group,
          one.queue,
          count(one.count),
          one.reason ?? '',
          one.lastSeenAt,
          one.error?.message ?? '',
        ],
        none: 'No dead letters.',
      });
    },
  );
}

function filtered(command: Command): Command {
  return command
    .option('--all', 'all dead letters of the queue')
    .addOption(new Option('--reason <reason>', 'only this reason').choices(REASONS))
    .option('--type <type>', 'only those of this type')
    .option('--group <group>', 'only those of a group, see `groups`')
    .option('--before <time>', 'only those that died before, such as 2030-01-31T12:00:00Z')
    .option('--dry-run', 'only count')
    .option('--no-wait', 'do not wait until it has finished')
    .option('-y, --yes', 'do not ask');
}

async function requeueSome(
  context: Context,
  queue: string,
  { ids, options }: { readonly ids: readonly string[]; readonly options: RequeueOptions },
): Promise<number> {
  if (options.payload !== undefined && ids.length > 1) {
    throw new UsageError('--payload is for one job');
  }
  const { deadLetters } = context.relay().queue(queue);
  for (const id of ids) {
    const answer = await deadLetters.requeue(id, {
      signal: context.io.signal,
      ...given({ payload: options.payload }),
    });
    await context.show(answer, () => `${id}: ${answer.state}`);
  }
  return EXIT.ok;
}

async function requeueAll(
  context: Context,
  queue: string,
  options: RequeueOptions,
): Promise<number> {
  if (options.payload !== undefined) throw new UsageError('--payload is for one job');
  const filter = filterOf(options);
  const relay = context.relay();
  const { deadLetters } = relay.queue(queue);
  const { matched } = await deadLetters.requeueMany({ filter, dryRun: true });
  if (
    !(await mayGoOn(context, matched, options, `Requeue ${counted(matched, 'job')} of ${queue}?`))
  ) {
    return EXIT.ok;
  }
  const { operationId } = await deadLetters.requeueMany({
    filter,
    ...(options.rate === undefined ? {} : { ratePerSec: options.rate }),
  });
  return await follow(context, relay, { operationId, wait: options.wait, done: 'requeued' });
}

async function purge(
  context: Context,
  [queue = '']: readonly string[],
  options: ManyOptions,
): Promise<number> {
  const filter = filterOf(options);
  const relay = context.relay();
  const { deadLetters } = relay.queue(queue);
  const { matched } = await deadLetters.purge({ filter, dryRun: true });
  const question = `Remove ${counted(matched, 'job')} of ${queue} for good?`;
  if (!(await mayGoOn(context, matched, options, question))) return EXIT.ok;
  const { operationId } = await deadLetters.purge({ filter });
  return await follow(context, relay, { operationId, wait: options.wait, done: 'removed' });
}

/** Whether there is something to do, and somebody wants it. */
async function mayGoOn(
  context: Context,
  matched: number,
  { dryRun, yes }: ManyOptions,
  question: string,
): Promise<boolean> {
  if (dryRun === true || matched === 0) {
    await context.show({ matched }, () => `${counted(matched, 'job')} match.`);
    return false;
  }
  return await context.confirm(question, yes);
}

/** @throws {UsageError} without a filter: everything must be asked for by name. */
function filterOf({ all, reason, type, group, before }: ManyOptions) {
  const filter = given({ reason, type, group, before });
  const isEmpty = Object.keys(filter).length === 0;
  if (isEmpty !== (all === true)) {
    throw new UsageError('give either --all, or a filter: --reason, --type, --group, --before');
  }
  return filter;
}

interface Following {
  readonly operationId: string;
  readonly wait: boolean;
  readonly done: string;
}

/** Shows how far an operation is until it ends; Ctrl-C leaves it running, and says so. */
async function follow(
  context: Context,
  relay: Relay,
  { operationId, wait, done }: Following,
): Promise<number> {
  if (!wait) {
    await context.show({ operationId }, () => `Operation ${operationId} runs in the background.`);
    return EXIT.ok;
  }
  const { signal } = context.io;
  const progress = new Progress(context.io, done);
  let operation: Operation;
  try {
    do {
      operation = await relay.operation(operationId, { signal });
      progress.update(operation.done, operation.total);
      if (operation.state === 'running') await delay(POLL_MS, undefined, { signal });
    } while (operation.state === 'running');
  } catch (error) {
    if (signal.aborted) await context.note(`Operation ${operationId} goes on in the background.`);
    throw error;
  } finally {
    progress.end();
  }
  await context.show(operation, () => `${counted(operation.done, 'job')} ${done}.`);
  if (operation.state === 'done') return EXIT.ok;
  await context.note(`relay: it ended ${operation.state}: ${plain(operation.problem ?? '')}`);
  return EXIT.failed;
}
