import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { EnqueueOutcome, JobOptions } from '@relay/sdk';
import type { Context } from './context.ts';
import { describeError, isHopeless, UsageError } from './exit.ts';
import { count, plain } from './format.ts';
import { Progress } from './progress.ts';
import { jsonValue } from './values.ts';

/** So many lines, or characters, go in one request. */
const BATCH_LINES = 1_000;
const BATCH_CHARS = 2 * 1_048_576;

export interface LinesOptions {
  readonly input: Readable;
  /** Bytes of the whole; undefined when that is not known. */
  readonly size: number | undefined;
  /** For lines that do not say otherwise. */
  readonly defaults: JobOptions & { readonly type: string };
  readonly keyPrefix: string | undefined;
}

export interface LinesResult {
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: number;
}

interface Line {
  readonly number: number;
  readonly job: { readonly type: string; readonly payload: unknown } & JobOptions;
}

/**
 * Adds a job a line, a batch after the other, in constant memory. A line that is refused is told with its
 * number; the others are added all the same.
 *
 * @throws {RelayError} when going on is useless, after it has said with which line to go on.
 */
export async function enqueueLines(
  context: Context,
  queueName: string,
  options: LinesOptions,
): Promise<LinesResult> {
  const { input, size } = options;
  const { signal } = context.io;
  const queue = context.relay().queue(queueName);
  const progress = new Progress(context.io, 'accepted');
  const report = new Report(context, progress);
  let batch: Line[] = [];
  let chars = 0;
  let read = 0;
  let number = 0;
  const flush = async (): Promise<void> => {
    const lines = batch;
    [batch, chars] = [[], 0];
    if (lines.length === 0) return;
    let outcomes: readonly EnqueueOutcome[];
    try {
      outcomes = await queue.enqueueMany(
        lines.map(({ job }) => job),
        { signal },
      );
    } catch (error) {
      await report.unknown(lines);
      throw error;
    }
    await report.outcomes(lines, outcomes);
    progress.update(report.accepted, null, size === undefined ? null : read / size);
  };
  const reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, signal });
  try {
    for await (const text of reader) {
      signal.throwIfAborted();
      number += 1;
      read += Buffer.byteLength(text) + 1;
      if (text.trim() === '') continue;
      const job = await report.parsed(number, () => parseLine(text, number, options));
      if (job === undefined) continue;
      if (batch.length >= BATCH_LINES || chars + text.length > BATCH_CHARS) await flush();
      batch.push({ number, job });
      chars += text.length;
    }
    signal.throwIfAborted();
    await flush();
  } catch (error) {
    progress.end();
    const [first] = batch;
    const next = report.undone ?? first?.number ?? number + 1;
    await context.note(`${count(report.accepted)} accepted. Go on with line ${next}.`);
    throw error;
  } finally {
    progress.end();
    reader.close();
    input.destroy();
  }
  return report;
}

/** Counts what became of the lines, and tells it. */
class Report implements LinesResult {
  accepted = 0;
  duplicates = 0;
  refused = 0;
  /** The first line that was not added because going on was useless. */
  undone: number | undefined;
  readonly #context: Context;
  readonly #progress: Progress;

  constructor(context: Context, progress: Progress) {
    this.#context = context;
    this.#progress = progress;
  }

  async parsed<T>(number: number, parse: () => T): Promise<T | undefined> {
    try {
      return parse();
    } catch (error) {
      await this.#refuse(number, error);
      return undefined;
    }
  }

  async outcomes(lines: readonly Line[], outcomes: readonly EnqueueOutcome[]): Promise<void> {
    for (const [at, { number }] of lines.entries()) {
      const outcome = outcomes[at];
      if (outcome === undefined) throw new Error(`there is no outcome of line ${number}`);
      if (!outcome.ok && isHopeless(outcome.error)) {
        this.undone = number;
        throw outcome.error;
      }
      if (outcome.ok) await this.#accept(number, outcome.job);
      else await this.#refuse(number, outcome.error);
    }
  }

  /** The request was given up: nobody knows whether it had an effect. */
  async unknown(lines: readonly Line[]): Promise<void> {
    const [first, last] = [lines[0]?.number ?? 0, lines.at(-1)?.number ?? 0];
    this.undone = first;
    this.#progress.end();
    await this.#context.note(
      `relay: lines ${first} to ${last} may have been accepted or not; with --key-prefix it does no harm to add them again.`,
    );
  }

  async #accept(line: number, job: (EnqueueOutcome & { ok: true })['job']): Promise<void> {
    this.accepted += 1;
    if (job.duplicate) this.duplicates += 1;
    if (this.#context.json) await this.#context.print(JSON.stringify({ line, ...job }));
  }

  async #refuse(line: number, error: unknown): Promise<void> {
    this.refused += 1;
    this.#progress.end();
    if (this.#context.json) {
      await this.#context.print(JSON.stringify({ line, ...describeError(error) }));
    } else await this.#context.note(`line ${line}: ${plain((error as Error).message)}`);
  }
}

/** @throws {Error} saying what is wrong with the line. */
function parseLine(
  text: string,
  number: number,
  { defaults, keyPrefix }: LinesOptions,
): Line['job'] {
  const value = jsonValue(text);
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    !('payload' in value)
  ) {
    throw new UsageError('it must be an object with a "payload"');
  }
  const key = keyPrefix === undefined ? {} : { idempotencyKey: `${keyPrefix}-${number}` };
  // The gateway holds each line against the contract.
  return { ...defaults, ...key, ...value };
}
