import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { JobOptions } from '@relay/sdk';
import { type Command, Option } from 'commander';
import type { Attach } from '../action.ts';
import type { Context } from '../context.ts';
import { EXIT, UsageError } from '../exit.ts';
import { count } from '../format.ts';
import { enqueueLines } from '../lines.ts';
import { durationValue, given, headers, jsonValue, wholeNumber } from '../values.ts';

interface EnqueueFlags {
  readonly type: string;
  readonly priority?: number;
  readonly delay?: number;
  readonly runAt?: string;
  readonly key?: string;
  readonly keyWindow?: number;
  readonly maxAttempts?: number;
  readonly maxCrashes?: number;
  readonly runTimeout?: number;
  readonly expiresIn?: number;
  readonly header?: Record<string, string>;
  readonly replicated?: true;
  /** True: without a value. */
  readonly wait?: number | true;
  readonly file?: string;
  readonly keyPrefix?: string;
}

/** How long `--wait` waits without a value, ms. */
const WAIT_MS = 60_000;

/** `enqueue`: one job, or one a line. */
export function addEnqueue(program: Command, attach: Attach): void {
  const time = (flag: string, text: string): Option =>
    new Option(`${flag} <duration>`, text).argParser(durationValue);
  attach<EnqueueFlags>(
    program
      .command('enqueue')
      .description('enqueue a job, or with --file one per line (NDJSON)')
      .argument('<queue>')
      .argument('[payload]', 'JSON')
      .option('--type <type>', 'selects the handler', 'default')
      .addOption(
        new Option('--priority <n>', 'higher runs first').argParser(wholeNumber(-1_000, 1_000)),
      )
      .addOption(time('--delay', 'do not run before this delay'))
      .option('--run-at <time>', 'do not run before, such as 2030-01-31T12:00:00Z')
      .option('--key <key>', 'idempotency key: enqueueing again returns the same job')
      .addOption(time('--key-window', 'how long the key is remembered'))
      .addOption(
        new Option('--max-attempts <n>', 'failed attempts before the job is dead').argParser(
          wholeNumber(1, 1_000),
        ),
      )
      .addOption(
        new Option('--max-crashes <n>', 'worker crashes that the job may survive').argParser(
          wholeNumber(0, 1_000),
        ),
      )
      .addOption(time('--run-timeout', 'time limit of an attempt'))
      .addOption(time('--expires-in', 'dead if it has not started by then'))
      .addOption(
        new Option('--header <name=value>', 'header of the job; repeatable').argParser(headers),
      )
      .option('--replicated', 'wait until Redis replicas have acknowledged it')
      .addOption(
        new Option(
          '--wait [duration]',
          'wait until it finishes (60s), and show its result',
        ).argParser(durationValue),
      )
      .option('--file <file>', 'lines of { "payload": …, "type": …, … }; - is stdin')
      .option('--key-prefix <text>', 'with --file: line n without a key gets <text>-n as its key'),
    async (context, [queue = '', payload], flags) => {
      if ((payload === undefined) === (flags.file === undefined)) {
        throw new UsageError('give either a payload or --file');
      }
      return payload === undefined
        ? await enqueueFile(context, queue, flags)
        : await enqueueOne(context, queue, { payload, flags });
    },
  );
}

function optionsOf(flags: EnqueueFlags): JobOptions {
  return given({
    priority: flags.priority,
    delayMs: flags.delay,
    runAt: flags.runAt,
    idempotencyKey: flags.key,
    idempotencyWindowMs: flags.keyWindow,
    maxAttempts: flags.maxAttempts,
    maxCrashes: flags.maxCrashes,
    timeoutMs: flags.runTimeout,
    expiresInMs: flags.expiresIn,
    headers: flags.header,
    durability: flags.replicated === true ? ('replicated' as const) : undefined,
  });
}

async function enqueueOne(
  context: Context,
  name: string,
  { payload, flags }: { readonly payload: string; readonly flags: EnqueueFlags },
): Promise<number> {
  if (flags.keyPrefix !== undefined) throw new UsageError('--key-prefix is for --file');
  const value = payloadOf(payload);
  const { signal } = context.io;
  const queue = context.relay().queue(name);
  const answer = await queue.enqueue(flags.type, value, { ...optionsOf(flags), signal });
  if (flags.wait === undefined) {
    const same = answer.duplicate ? ' (added before)' : '';
    await context.show(answer, ({ id, state }) => `${id} ${state}${same}`);
    return EXIT.ok;
  }
  const timeoutMs = flags.wait === true ? WAIT_MS : flags.wait;
  const ended = await queue.result(answer.id, { timeoutMs, signal });
  await context.show({ id: answer.id, ...ended }, () =>
    ended.error === undefined
      ? `${answer.id} ${ended.state} ${JSON.stringify(ended.result ?? null)}`
      : `${answer.id} ${ended.state}: ${ended.error.message}`,
  );
  return ended.state === 'completed' ? EXIT.ok : EXIT.failed;
}

function payloadOf(text: string): unknown {
  try {
    return jsonValue(text);
  } catch (error) {
    throw new UsageError(`the payload cannot be used. ${(error as Error).message}`);
  }
}

async function enqueueFile(context: Context, queue: string, flags: EnqueueFlags): Promise<number> {
  const { file = '-', keyPrefix } = flags;
  if (flags.key !== undefined) throw new UsageError('--key is for one job: see --key-prefix');
  if (flags.wait !== undefined) throw new UsageError('--wait is for one job');
  const { input, size } = await open(context, file);
  const defaults = { type: flags.type, ...optionsOf(flags) };
  const total = await enqueueLines(context, queue, { input, size, defaults, keyPrefix });
  const { accepted, duplicates, refused } = total;
  const before = duplicates === 0 ? '' : `, ${count(duplicates)} of them were there before`;
  await context.say(`${count(accepted)} accepted${before}; ${count(refused)} refused.`);
  return refused === 0 ? EXIT.ok : EXIT.failed;
}

async function open(
  context: Context,
  file: string,
): Promise<{ input: Readable; size: number | undefined }> {
  if (file === '-') return { input: context.io.stdin, size: undefined };
  try {
    const { size } = await stat(file);
    return { input: createReadStream(file), size };
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
