import { Cron } from 'croner';
import type { ScheduleSpec } from './types.ts';

const CRON_LENGTH = 200;
const CRON_CHARACTERS = /^[0-9A-Za-z*,/#?+ \t-]+$/;
/** Parsed expressions by text and zone: to parse one takes as long as to find a tick. */
const MOST_PARSED = 1_000;
const parsed = new Map<string, Cron>();

/** What is wrong with an expression or a zone, as it should read behind the name of its field. */
export class TimingError extends Error {
  readonly field: 'cron' | 'timezone';
  constructor(field: 'cron' | 'timezone', message: string) {
    super(message);
    this.field = field;
  }
}

/**
 * Length, characters and the number of fields are looked at first: whatever passes is parsed, or refused, in
 * milliseconds.
 *
 * @throws TimingError
 */
export function parseCron(expression: string, zone: string): Cron {
  const name = `${zone} ${expression}`;
  const known = parsed.get(name);
  if (known !== undefined) return known;
  if (expression.length > CRON_LENGTH)
    throw new TimingError('cron', `must have at most ${CRON_LENGTH} characters`);
  const fields = expression.trim().split(/\s+/).length;
  if (!CRON_CHARACTERS.test(expression) || (fields !== 5 && fields !== 6))
    throw new TimingError('cron', 'must have five fields, or six with seconds first');
  assertZone(zone);
  let cron: Cron;
  try {
    cron = new Cron(expression.trim(), { timezone: zone, paused: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : '';
    throw new TimingError('cron', `cannot be read: ${reason.slice(0, 200)}`);
  }
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(name, cron);
  return cron;
}

function assertZone(zone: string): void {
  try {
    // Offsets such as +01:00 are no zones: they know no daylight saving time, and people mean one that does.
    if (!/^[A-Za-z]/.test(zone)) throw new RangeError('not a name');
    Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    throw new TimingError('timezone', 'must be the name of an IANA time zone');
  }
}

/** The ticks of a schedule. They depend on nothing but its definition: everyone finds the same ones. */
export class Ticks {
  readonly #after: (time: number) => number | null;
  readonly #newest: (until: number, max: number) => number[];
  readonly #from: number;
  readonly #to: number;

  /** @throws TimingError */
  constructor(
    spec: Pick<ScheduleSpec, 'cron' | 'timezone' | 'everyMs' | 'offsetMs' | 'startAt' | 'endAt'>,
  ) {
    const { cron, timezone = 'UTC', everyMs = 0, offsetMs = 0 } = spec;
    this.#from = spec.startAt ?? Number.NEGATIVE_INFINITY;
    this.#to = spec.endAt ?? Number.POSITIVE_INFINITY;
    if (cron === undefined) {
      const floor = (time: number) => Math.floor((time - offsetMs) / everyMs) * everyMs + offsetMs;
      this.#after = (time) => floor(time) + everyMs;
      this.#newest = (until, max) =>
        Array.from({ length: max }, (_, i) => floor(until) - (max - 1 - i) * everyMs);
    } else {
      const found = parseCron(cron, timezone);
      this.#after = (time) => found.nextRun(new Date(time))?.getTime() ?? null;
      // It looks before the time given, which may be a tick itself.
      this.#newest = (until, max) =>
        found
          .previousRuns(max, new Date(until + 1_000))
          .map((date) => date.getTime())
          .filter((tick) => tick <= until)
          .toReversed();
    }
  }

  /** The first tick after `time`; null: none will come. */
  after(time: number): number | null {
    const tick = this.#after(Math.max(time, this.#from - 1));
    return tick === null || tick > this.#to ? null : tick;
  }

  /** At most `max` ticks from `from` to `until`, both included: the newest, oldest first. */
  newest(from: number, until: number, max: number): number[] {
    const [low, high] = [Math.max(from, this.#from), Math.min(until, this.#to)];
    // One more than asked for: where a second was added to the time there may be one too late.
    const ticks = this.#newest(high, max + 1).filter((tick) => tick >= low && tick <= high);
    return ticks.slice(-max);
  }

  /** The next `count` ticks after `time`. */
  next(time: number, count: number): number[] {
    const ticks: number[] = [];
    let tick = this.after(time);
    while (tick !== null && ticks.length < count) {
      ticks.push(tick);
      tick = this.after(tick);
    }
    return ticks;
  }
}
