import { Cron } from 'croner';

const CRON_LENGTH = 200;
const CRON_CHARACTERS = /^[0-9A-Za-z*,/#?+ \t-]+$/;
/** Parsed expressions: to parse one takes as long as to find a time. */
const MOST_PARSED = 1_000;
const parsed = new Map<string, Cron>();
/**
 * Nothing is looked for further ahead. An expression may match no time at all, and croner alone looks until the year
 * 3000 for one: that took it 85 s where the only hour that fits is always skipped by the clocks (`* 1-59 2 8-14 3 +SUN`
 * in New York).
 */
const HORIZON_YEARS = 10;
/** Years are looked through so many at a time: the nearest ones mostly have a time. */
const WINDOW_YEARS = 5;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** What is wrong with an expression or a zone, as it should read behind the name of its field. */
export class TimingError extends Error {
  readonly field: 'cron' | 'timezone';
  constructor(field: 'cron' | 'timezone', message: string) {
    super(message);
    this.field = field;
  }
}

/** The times that an expression means in a zone, each found, or not found, in milliseconds, whatever it is. */
export class CronTimes {
  readonly #zone: string;
  readonly #seconds: string;
  readonly #rest: string;
  /** Of an expression with several seconds a minute: those, in any minute. */
  readonly #secondsAlone: Cron | null;

  /** @throws TimingError for an expression or a zone that {@link CronTimes} cannot read. */
  static check(expression: string, zone: string): void {
    void new CronTimes(expression, zone);
  }

  /**
   * Length, characters and the number of fields are looked at first.
   *
   * @throws TimingError
   */
  constructor(expression: string, zone: string) {
    if (expression.length > CRON_LENGTH)
      throw new TimingError('cron', `must have at most ${CRON_LENGTH} characters`);
    const fields = expression.trim().split(/\s+/);
    if (!CRON_CHARACTERS.test(expression) || (fields.length !== 5 && fields.length !== 6))
      throw new TimingError('cron', 'must have five fields, or six with seconds first');
    assertZone(zone);
    this.#zone = zone;
    this.#seconds = fields.length === 6 ? (fields[0] ?? '') : '0';
    this.#rest = fields.slice(-5).join(' ');
    parse(`${this.#seconds} ${this.#rest} *`, zone);
    const alone = parse(`${this.#seconds} * * * * * *`, 'UTC');
    const [, second] = alone.nextRuns(2, new Date(-1));
    this.#secondsAlone = second !== undefined && second.getTime() < MINUTE_MS ? alone : null;
  }

  /** The first one after `time`, ms; null: there is none within ten years. */
  after(time: number): number | null {
    const seconds = this.#secondsAlone;
    if (seconds === null) return this.#first(this.#seconds, time);
    // First the minute, then the second: an hour that the clocks skip has 3,600 seconds, each of which croner tries.
    // Two seconds, since croner treats an expression with a single time a day in another way.
    const startOf = (minute: number | null): number | null =>
      minute === null ? null : minute - (minute % MINUTE_MS);
    const first = startOf(this.#first('0,1', time - (time % MINUTE_MS) - 1));
    if (first === null) return null;
    const within = next(seconds, Math.max(time, first - 1));
    if (within !== null && within < first + MINUTE_MS) return within;
    const second = startOf(this.#first('0,1', first + MINUTE_MS - 1));
    return second === null ? null : next(seconds, second - 1);
  }

  /** At most `max` of those from `from` to `until`, both included: the newest, oldest first. */
  newest(from: number, until: number, max: number): number[] {
    const years = [yearOf(from - DAY_MS), yearOf(until + DAY_MS)] as const;
    // It looks before the time given, which may be one of them itself: one more than asked for may be too late.
    return this.#within(this.#seconds, years)
      .previousRuns(max + 1, new Date(until + 1_000))
      .map((date) => date.getTime())
      .filter((time) => time >= from && time <= until)
      .toReversed()
      .slice(-max);
  }

  #first(seconds: string, time: number): number | null {
    // A day earlier, since the year is that of the zone.
    const year = yearOf(time - DAY_MS);
    for (let from = year; from < year + HORIZON_YEARS; from += WINDOW_YEARS) {
      const found = next(this.#within(seconds, [from, from + WINDOW_YEARS - 1]), time);
      if (found !== null) return found;
    }
    return null;
  }

  #within(seconds: string, [first, last]: readonly [number, number]): Cron {
    return parse(`${seconds} ${this.#rest} ${first}-${last}`, this.#zone);
  }
}

function yearOf(time: number): number {
  return new Date(time).getUTCFullYear();
}

function next(cron: Cron, time: number): number | null {
  return cron.nextRun(new Date(time))?.getTime() ?? null;
}

function parse(expression: string, zone: string): Cron {
  const name = `${zone} ${expression}`;
  const known = parsed.get(name);
  if (known !== undefined) return known;
  let cron: Cron;
  try {
    cron = new Cron(expression, { timezone: zone, paused: true, mode: '7-part' });
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
