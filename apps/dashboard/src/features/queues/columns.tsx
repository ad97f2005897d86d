'use client';

import type { Queue } from '@relay/contract';
import { useDeferredValue } from 'react';
import { durationText } from '../../data/durations.ts';
import { type ListedQueue, useSeries } from '../../data/queues.ts';
import { PausedBadge } from '../../design/Badge.tsx';
import { compact, duration } from '../../design/format.ts';
import { Num } from '../../design/Num.tsx';
import { RowLink } from '../../design/RowLink.tsx';
import { Sparkline } from '../../design/Sparkline.tsx';
import type { Column } from '../../design/StatTable.tsx';
import { PauseButton } from './PauseButton.tsx';

const PER_MINUTE = 60;
const number = { align: 'right', sortable: true, width: 'w-20' } as const;

/** The table of queues. */
export const COLUMNS: readonly Column<ListedQueue>[] = [
  { id: 'name', label: 'Queue', sortable: true, cell: (queue) => <Name queue={queue} /> },
  {
    id: 'ready',
    label: 'Ready',
    ...number,
    cell: ({ counts }) => <Num value={counts.ready} dimZero />,
  },
  {
    id: 'scheduled',
    label: 'Scheduled',
    ...number,
    width: 'w-24',
    from: 'lg',
    cell: ({ counts }) => <Num value={counts.scheduled} dimZero />,
  },
  {
    id: 'active',
    label: 'Active',
    ...number,
    from: 'md',
    cell: ({ counts }) => <Num value={counts.active} dimZero />,
  },
  {
    id: 'dead',
    label: 'Dead',
    ...number,
    width: 'w-16 @xl:w-20',
    cell: ({ counts }) => (
      <span className={counts.dead > 0 ? 'font-medium text-bad' : ''}>
        <Num value={counts.dead} dimZero />
      </span>
    ),
  },
  {
    id: 'oldest',
    label: 'Oldest',
    ...number,
    width: 'w-24',
    from: 'sm',
    cell: ({ oldestReadyMs }) =>
      oldestReadyMs === null ? <span className="text-ink-3">–</span> : duration(oldestReadyMs),
  },
  {
    id: 'in',
    label: 'In/min',
    ...number,
    from: 'lg',
    cell: ({ rates }) => <Num as="rate" value={rates.enqueuedPerSec * PER_MINUTE} dimZero />,
  },
  {
    id: 'out',
    label: 'Out/min',
    ...number,
    from: 'lg',
    cell: ({ rates }) => <Num as="rate" value={rates.completedPerSec * PER_MINUTE} dimZero />,
  },
  {
    id: 'limits',
    label: 'Limits',
    align: 'right',
    width: 'w-36',
    from: '2xl',
    cell: (queue) => <Limits queue={queue} />,
  },
  {
    id: 'hour',
    label: 'Completed, last hour',
    width: 'w-40',
    align: 'right',
    from: 'xl',
    cell: ({ name }) => <LastHour queue={name} />,
  },
  {
    id: 'actions',
    label: 'Actions',
    quiet: true,
    width: 'w-14',
    align: 'right',
    cell: (queue) => <PauseButton queue={queue.name} paused={queue.paused} compact />,
  },
];

function Name({ queue }: { readonly queue: Queue }) {
  const { name, paused, oldestReadyMs } = queue;
  const below = [
    ...(paused ? ['Paused'] : []),
    ...(oldestReadyMs === null ? [] : [`oldest ${duration(oldestReadyMs)}`]),
  ].join(', ');
  return (
    <span className="flex min-w-0 items-center gap-2">
      <RowLink href={`/queues/${encodeURIComponent(name)}`} title={name} below={below}>
        {name}
      </RowLink>
      {paused && (
        <span className="hidden @xl:inline-flex">
          <PausedBadge />
        </span>
      )}
    </span>
  );
}

/** How much of what it may is in use. */
function Limits({ queue: { limits, counts } }: { readonly queue: ListedQueue }) {
  if (limits === undefined) return null;
  const { rateLimit, concurrency, maxReady } = limits;
  const texts = [
    ...(concurrency === null ? [] : [`${compact(counts.active)}/${compact(concurrency)} running`]),
    ...(rateLimit === null
      ? []
      : [`${compact(rateLimit.rate)} per ${durationText(rateLimit.perMs)}`]),
    ...(maxReady === null ? [] : [`${compact(counts.ready)}/${compact(maxReady)} waiting`]),
  ];
  if (texts.length === 0) return <span className="text-ink-3">–</span>;
  return (
    <span className="tabular-nums" title={texts.join(', ')}>
      {texts[0]}
      {texts.length > 1 && <span className="text-ink-3"> +{texts.length - 1}</span>}
    </span>
  );
}

/** Read for the rows in sight only, and once a minute. */
function LastHour({ queue }: { readonly queue: string }) {
  // Once the row itself is there: a request for each row would hold the whole list up.
  const { data } = useSeries(useDeferredValue(queue, ''), 'completed');
  if (data === undefined) return null;
  const values = data.points.map(({ value }) => value);
  const total = values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return (
    <span className="inline-flex align-middle">
      {/* The minute that is not over yet would end it with a fall. */}
      <Sparkline values={values.slice(0, -1)} label={`${total} completed in the last hour`} />
    </span>
  );
}
