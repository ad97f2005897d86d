import { readFileSync } from 'node:fs';
import { type Schedule, type ScheduleRequest, Schedules } from '@relay/sdk/schedules';
import { type Command, Option } from 'commander';
import type { Attach } from '../action.ts';
import type { Context } from '../context.ts';
import { EXIT, UsageError } from '../exit.ts';
import { count, duration } from '../format.ts';
import { durationValue, given, jsonValue, wholeNumber } from '../values.ts';

interface PutFlags {
  readonly file?: string;
  readonly queue?: string;
  readonly cron?: string;
  readonly timezone?: string;
  readonly every?: number;
  readonly type?: string;
  readonly payload?: unknown;
  readonly missed?: 'skip' | 'last' | 'all';
  readonly overlap?: 'allow' | 'skip' | 'queue';
  readonly limit?: number;
}

const schedulesOf = (context: Context): Schedules => new Schedules(context.relay());

/** `schedules list | show | put | run | pause | resume | delete | preview`. */
export function addSchedules(program: Command, attach: Attach): void {
  const group = program.command('schedules').description('jobs that are added at certain times');
  addReading(group, attach);
  addPut(group, attach);
  for (const [verb, text] of [
    ['pause', 'pause a schedule: no ticks fire'],
    ['resume', 'resume a schedule with the first tick after now'],
  ] as const) {
    attach(
      group.command(verb).description(text).argument('<name>'),
      async (context, [name = '']) => {
        const schedule = await schedulesOf(context)[verb](name, { signal: context.io.signal });
        await context.show(schedule, () => context.facts(scheduleFacts(schedule)));
      },
    );
  }
  attach(
    group.command('run').description('enqueue its job now').argument('<name>'),
    async (context, [name = '']) => {
      const run = await schedulesOf(context).run(name, { signal: context.io.signal });
      await context.show(run, ({ jobId, queue }) => `${jobId} in ${queue}`);
    },
  );
  attach<{ yes?: true }>(
    group
      .command('delete')
      .description('delete a schedule; jobs that it has enqueued stay')
      .argument('<name>')
      .option('-y, --yes', 'do not ask'),
    async (context, [name = ''], { yes }) => {
      if (!(await context.confirm(`Delete the schedule ${name}?`, yes))) return EXIT.ok;
      await schedulesOf(context).delete(name, { signal: context.io.signal });
      await context.show({ deleted: name }, () => `${name} is deleted.`);
      return EXIT.ok;
    },
  );
}

function addReading(group: Command, attach: Attach): void {
  attach(group.command('list').description('list all, by name'), async (context) => {
    await context.list(schedulesOf(context).list({ signal: context.io.signal }), {
      columns: ['SCHEDULE', 'QUEUE', 'WHEN', 'STATE', 'NEXT'].map((title) => ({ title })),
      row: (one) => [one.id, one.queue, whenOf(one), stateOf(one), one.nextRunAt ?? '-'],
      none: 'No schedules.',
    });
  });
  attach(
    group.command('show').description('show one, with its recent results').argument('<name>'),
    async (context, [name = '']) => {
      const schedule = await schedulesOf(context).get(name, { signal: context.io.signal });
      await context.show(schedule, () => scheduleLines(context, schedule));
    },
  );
  attach<{ count?: number }>(
    group
      .command('preview')
      .description('show the times of its next ticks')
      .argument('<name>')
      .addOption(new Option('--count <n>', 'how many (10)').argParser(wholeNumber(1, 100))),
    async (context, [name = ''], options) => {
      const { signal } = context.io;
      const preview = await schedulesOf(context).preview(name, { ...options, signal });
      await context.show(preview, ({ runs }) => [...runs]);
    },
  );
}

function addPut(group: Command, attach: Attach): void {
  attach<PutFlags>(
    group
      .command('put')
      .description('create or replace a schedule')
      .argument('<name>')
      .option('--file <file>', 'the complete definition as JSON; - is stdin. Or:')
      .option('--queue <queue>', 'queue of its jobs')
      .option('--cron <expression>', 'minute hour day month weekday, optionally with seconds first')
      .option('--timezone <zone>', 'time zone of --cron, such as Europe/Berlin (UTC)')
      .addOption(new Option('--every <duration>', 'instead of --cron').argParser(durationValue))
      .option('--type <type>', 'type of its jobs (default)')
      .addOption(new Option('--payload <json>', 'payload of its jobs (null)').argParser(jsonValue))
      .addOption(
        new Option('--missed <what>', 'what to do with missed ticks').choices([
          'skip',
          'last',
          'all',
        ]),
      )
      .addOption(
        new Option('--overlap <what>', 'while the previous job is waiting or running').choices([
          'allow',
          'skip',
          'queue',
        ]),
      )
      .addOption(
        new Option('--limit <n>', 'total number of ticks').argParser(wholeNumber(1, 1_000_000_000)),
      ),
    async (context, [name = ''], flags) => {
      const definition = definitionOf(flags);
      const schedules = schedulesOf(context);
      const schedule = await schedules.put(name, definition, { signal: context.io.signal });
      await context.show(schedule, () => context.facts(scheduleFacts(schedule)));
    },
  );
}

/** The gateway holds it against the contract. */
function definitionOf({ file, ...flags }: PutFlags): ScheduleRequest {
  if (file !== undefined) {
    if (Object.keys(flags).length > 0) throw new UsageError('--file takes no other flags');
    try {
      return jsonValue(readFileSync(file === '-' ? 0 : file, 'utf8')) as ScheduleRequest;
    } catch (error) {
      throw new UsageError(`${file} cannot be used: ${(error as Error).message}`);
    }
  }
  const { queue, every, type, payload = null, ...rest } = flags;
  if (queue === undefined) throw new UsageError('name the --queue');
  if ((flags.cron === undefined) === (every === undefined)) {
    throw new UsageError('give either --cron or --every');
  }
  return { ...rest, queue, ...given({ everyMs: every }), job: { payload, ...given({ type }) } };
}

function whenOf({ cron, timezone, everyMs }: Schedule): string {
  return cron === null ? `every ${duration(everyMs)}` : `${cron} ${timezone}`;
}

function stateOf({ paused, nextRunAt }: Schedule): string {
  if (paused) return 'paused';
  return nextRunAt === null ? 'ended' : 'running';
}

function scheduleFacts(schedule: Schedule): [string, string][] {
  const { counts } = schedule;
  return [
    ['schedule', schedule.id],
    ['queue', schedule.queue],
    ['when', whenOf(schedule)],
    ['state', stateOf(schedule)],
    ['next', schedule.nextRunAt ?? '-'],
    ['missed ticks', schedule.missed],
    ['overlap', schedule.overlap],
    [
      'fired',
      `${count(counts.fired)}, missed ${counts.missed}, skipped ${counts.skipped}, refused ${counts.refused}`,
    ],
    ['job', JSON.stringify(schedule.job)],
  ];
}

function scheduleLines(context: Context, schedule: Schedule): string[] {
  const lines = context.facts(scheduleFacts(schedule));
  if (schedule.results.length === 0) return lines;
  const columns = ['TICK', 'OUTCOME', 'JOB', 'REASON'].map((title) => ({ title }));
  const rows = schedule.results.map(({ tick, outcome, jobId, reason }) => [
    tick,
    outcome,
    jobId ?? '',
    reason ?? '',
  ]);
  return [...lines, '', ...context.table(columns, rows)];
}
