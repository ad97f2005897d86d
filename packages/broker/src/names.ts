import { ValidationError, type ValidationIssue } from './errors.ts';

/** What names of queues, job types, workers, schedules and limits look like. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const TOKEN_PATTERN = /^[A-Za-z0-9.]{1,64}$/;
const ID_PATTERN = /^[A-Za-z0-9]{1,40}$/;

/** @throws ValidationError when `value` is not a name; `what` stands in the message. */
export function assertName(value: string, what: string): void {
  if (typeof value !== 'string' || !NAME_PATTERN.test(value)) {
    throw new ValidationError([{ path: '', message: `${what} must match ${NAME_PATTERN.source}` }]);
  }
}

/** UTF-8 has no lone surrogates: they would become U+FFFD, and different texts one. */
export function isWellFormed(text: string): boolean {
  // In Node since 20; the library of ES2023 does not list it.
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

export function isJobId(value: string): boolean {
  return ID_PATTERN.test(value);
}

export function isLeaseToken(value: string): boolean {
  return TOKEN_PATTERN.test(value);
}

/** Collects what is wrong with an input, so that a caller hears all of it at once. */
export class Issues {
  /** Made for the first one: mostly there is none. */
  #issues: ValidationIssue[] | null = null;

  add(path: string, message: string): void {
    this.#issues ??= [];
    this.#issues.push({ path, message });
  }

  /** Notes an issue unless `value` is undefined or an integer from `min` to `max`. */
  integer(path: string, value: unknown, range: readonly [min: number, max: number]): void {
    if (value === undefined) return;
    const [min, max] = range;
    if (!(Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max)) {
      this.add(path, `must be an integer from ${min} to ${max}`);
    }
  }

  /** @throws ValidationError when anything was noted. */
  check(): void {
    const error = this.error();
    if (error) throw error;
  }

  error(): ValidationError | null {
    return this.#issues === null ? null : new ValidationError(this.#issues);
  }
}
