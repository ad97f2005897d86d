import { createHash } from 'node:crypto';
import { NotFoundError, RevisionMismatchError } from '../errors.ts';
import type { ScheduleDefinition } from './types.ts';

/**
 * What tells one definition of a schedule from another: a digest of it. It is derived, so that it holds whoever wrote the
 * definition, and is the same however often the schedule fires. Pause is no part of it.
 */
export function revisionOf(definition: ScheduleDefinition): string {
  return createHash('sha1')
    .update(JSON.stringify(sorted(definition)))
    .digest('hex');
}

/**
 * Whether who has read the schedule as `ifRevision` (null: there was none) may define it as `next`. What is stored already
 * may be asked for again: the answer to the first request may have been lost.
 *
 * @throws NotFoundError when it was deleted meanwhile; RevisionMismatchError when it was changed or made
 */
export function checkRevision(
  id: string,
  ifRevision: string | null | undefined,
  stored: ScheduleDefinition | null,
  next: ScheduleDefinition,
): void {
  if (ifRevision === undefined) return;
  const current = stored === null ? null : revisionOf(stored);
  if (current === ifRevision || current === revisionOf(next)) return;
  if (current === null) throw new NotFoundError(`there is no schedule "${id}" any more`);
  throw new RevisionMismatchError(
    ifRevision === null
      ? `there is a schedule "${id}" already: give yours another name, or change that one`
      : `schedule "${id}" has been changed since it was read: read it again`,
  );
}

/** The same value, its fields in one order: they may have been given in any. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, each]) => [name, sorted(each)]));
}
