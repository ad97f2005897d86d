import { z } from 'zod';
import { LIMITS, NAME_PATTERN } from './limits.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Text that survives UTF-8: two texts that differ in lone surrogates would be stored as the same. */
export function text({ min = 0, max }: { min?: number; max: number }) {
  return z
    .string()
    .min(min)
    .max(max)
    .refine((value) => !LONE_SURROGATE.test(value), 'must not contain a lone surrogate');
}

/** Name of a queue, a job type or a worker. */
export const name = z
  .string()
  .regex(
    NAME_PATTERN,
    'must be 1–128 letters, digits, dots, dashes or underscores and begin with a letter or digit',
  )
  .meta({ id: 'Name' });

/** Any JSON value, kept and given back as the bytes that were sent. */
export const jsonValue = z
  .unknown()
  .refine((value) => value !== undefined, 'is required')
  .meta({ description: 'Any JSON value of depth ≤ 128; stored byte for byte.' });

/** A time in answers: RFC 3339, UTC, milliseconds. */
export const timestamp = z.iso.datetime({ precision: 3 });

/** A time in requests: RFC 3339 with any offset, before the year 2100. */
export const timeInput = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time such as 2030-01-31T12:00:00Z' })
  .refine((value) => Date.parse(value) < LIMITS.latestRunAtMs, 'must lie before the year 2100');

/** Ids are made by Relay; the bound only keeps nonsense out. */
export const jobId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1–64 letters, digits, dashes or underscores');

/** A page of a list. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** A whole number in a query. */
export function queryInteger({ min, max }: { min: number; max: number }) {
  return z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number between ${min} and ${max}`)
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
    .meta({ type: 'integer', minimum: min, maximum: max });
}

/** What every list takes. */
export const pageQuery = {
  cursor: z.exactOptional(text({ min: 1, max: LIMITS.cursorLength })),
  limit: z.exactOptional(queryInteger({ min: 1, max: LIMITS.pageSize })),
};

/** An answer without a body. */
export const noContent = z.undefined();

/** What tells one state of something from another. */
export const digest = z.string().regex(/^[0-9a-f]{40}$/, 'must be a revision that was read');

/** How many there are of something. */
export const count = z.int().min(0);

/** `true` or `false` in a query. */
export const queryFlag = z.enum(['true', 'false']).transform((value) => value === 'true');
