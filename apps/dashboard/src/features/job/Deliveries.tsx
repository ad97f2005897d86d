'use client';

import type { Job } from '@relay/contract';
import {
  Ban,
  CircleCheck,
  CircleX,
  type LucideIcon,
  PlugZap,
  TimerOff,
  Undo2,
  UserX,
} from 'lucide-react';
import { Badge, type Tone } from '../../design/Badge.tsx';
import { duration } from '../../design/format.ts';
import { type Column, StatTable } from '../../design/StatTable.tsx';
import { TimeAgo } from '../../design/TimeAgo.tsx';

type Delivery = Job['history'][number];

const OUTCOMES: Readonly<Record<Delivery['outcome'], { icon: LucideIcon; tone: Tone }>> = {
  completed: { icon: CircleCheck, tone: 'good' },
  failed: { icon: CircleX, tone: 'bad' },
  timeout: { icon: TimerOff, tone: 'bad' },
  crashed: { icon: PlugZap, tone: 'bad' },
  released: { icon: Undo2, tone: 'neutral' },
  cancelled: { icon: Ban, tone: 'neutral' },
  unhandled: { icon: UserX, tone: 'warn' },
};

const COLUMNS: readonly Column<Delivery>[] = [
  {
    id: 'number',
    label: 'No.',
    width: 'w-12 @xl:w-14',
    cell: ({ number }) => <span className="tabular-nums">{number}</span>,
  },
  {
    id: 'outcome',
    label: 'Outcome',
    width: '@xl:w-32',
    cell: ({ outcome, message }) => (
      <span className="block leading-4.5">
        <Badge {...OUTCOMES[outcome]}>{outcome}</Badge>
        {message && (
          <bdi className="block truncate text-xs text-ink-2 @xl:hidden">
            {message.slice(0, 300)}
          </bdi>
        )}
      </span>
    ),
  },
  {
    id: 'message',
    label: 'Error',
    from: 'sm',
    cell: ({ message }) => (
      <bdi className="text-ink-2" title={message?.slice(0, 2_000)}>
        {message?.slice(0, 500)}
      </bdi>
    ),
  },
  {
    id: 'worker',
    label: 'Worker',
    width: 'w-32',
    from: 'md',
    cell: ({ workerId }) => <bdi title={workerId}>{workerId}</bdi>,
  },
  {
    id: 'took',
    label: 'Took',
    width: 'w-20',
    align: 'right',
    from: 'sm',
    cell: ({ startedAt, endedAt }) => (
      <span className="tabular-nums">{duration(Date.parse(endedAt) - Date.parse(startedAt))}</span>
    ),
  },
  {
    id: 'ended',
    label: 'Ended',
    width: 'w-24',
    align: 'right',
    cell: ({ endedAt }) => <TimeAgo at={endedAt} />,
  },
];

/** The last twenty times that somebody had the job, the newest first. */
export function Deliveries({ history }: { readonly history: Job['history'] }) {
  if (history.length === 0) {
    return <p className="px-4 pb-4 text-[13px] text-ink-2">No worker has had it yet.</p>;
  }
  return (
    <StatTable
      caption="Deliveries"
      columns={COLUMNS}
      rows={history.toSorted((a, b) => b.number - a.number)}
      keyOf={({ number }) => String(number)}
    />
  );
}
