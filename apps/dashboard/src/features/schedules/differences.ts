import type { Schedule } from '@relay/contract';
import { durationText } from '../../data/durations.ts';
import type { LoadedSchedule } from '../../data/schedules.ts';
import type { Difference } from '../../design/DifferenceTable.tsx';
import { typeOf } from './form.ts';
import { timesText } from './times.ts';

/** A payload may be large. */
const MOST_CHARACTERS = 80;

type Reader = (loaded: LoadedSchedule) => string;

const of =
  (read: (schedule: Schedule) => string | number | null): Reader =>
  ({ schedule }) =>
    String(read(schedule) ?? 'none');

/** All that a definition holds, as it is told to people. */
const PARTS: readonly (readonly [label: string, read: Reader])[] = [
  ['Times', of(timesText)],
  ['Time zone', of(({ timezone }) => timezone)],
  ['From', of(({ startAt }) => startAt)],
  ['Until', of(({ endAt }) => endAt)],
  ['Maximum runs', of(({ limit }) => limit)],
  ['When runs were missed', of(({ missed }) => missed)],
  ['Caught up with at most', of(({ catchUp }) => catchUp)],
  ['Late up to', of(({ graceMs }) => durationText(graceMs))],
  ['While the last one runs', of(({ overlap }) => overlap)],
  ['Queue', of(({ queue }) => queue)],
  ['Type', of(typeOf)],
  ['Payload', ({ payload }) => payload],
  ['Of the job', of(othersOf)],
];

function othersOf({ job }: Schedule): string {
  const { type: _, payload: __, ...rest } = job;
  return JSON.stringify(rest);
}

/** What has become another between two readings of a schedule. */
export function differences(before: LoadedSchedule, after: LoadedSchedule): Difference[] {
  return PARTS.flatMap(([label, read]) => {
    const [one, other] = [read(before), read(after)];
    if (one === other) return [];
    const [shown, shownNext] = [shorten(one), shorten(other)];
    return [{ id: label, label, before: shown, after: shownNext }];
  });
}

function shorten(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}
