import type { Queue } from '@relay/contract';
import type { Sort } from '../../design/StatTable.tsx';

export const FILTERS = [
  { id: 'all', label: 'All' },
  { id: 'backlog', label: 'Backlog' },
  { id: 'dead', label: 'Dead' },
  { id: 'paused', label: 'Paused' },
] as const;
export type Filter = (typeof FILTERS)[number]['id'];

/** What each sortable column is sorted by. */
const KEYS: Readonly<Record<string, (queue: Queue) => number>> = {
  ready: ({ counts }) => counts.ready,
  scheduled: ({ counts }) => counts.scheduled,
  active: ({ counts }) => counts.active,
  dead: ({ counts }) => counts.dead,
  oldest: ({ oldestReadyMs }) => oldestReadyMs ?? -1,
  in: ({ rates }) => rates.enqueuedPerSec,
  out: ({ rates }) => rates.completedPerSec,
};

const COLLATOR = new Intl.Collator('en', { numeric: true });

export function sortOf(by: string | undefined, order: string | undefined): Sort {
  if (by === undefined || (by !== 'name' && !Object.hasOwn(KEYS, by))) {
    return { by: 'name', descending: false };
  }
  return { by, descending: order === undefined ? by !== 'name' : order === 'desc' };
}

export interface Arrangement {
  readonly search: string;
  readonly filter: Filter;
  readonly sort: Sort;
}

/** The queues that are asked for, in the order that is asked for; equals by name. */
export function arrange(queues: readonly Queue[], { search, filter, sort }: Arrangement): Queue[] {
  const wanted = search.trim().toLowerCase();
  const key = KEYS[sort.by];
  const sign = sort.descending ? -1 : 1;
  const byName = (a: Queue, b: Queue) => COLLATOR.compare(a.name, b.name);
  return queues
    .filter((queue) => queue.name.toLowerCase().includes(wanted) && passes(queue, filter))
    .toSorted((a, b) =>
      key === undefined ? sign * byName(a, b) : sign * (key(a) - key(b)) || byName(a, b),
    );
}

function passes({ paused, counts }: Queue, filter: Filter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'backlog':
      return counts.ready > 0;
    case 'dead':
      return counts.dead > 0;
    case 'paused':
      return paused;
  }
}
