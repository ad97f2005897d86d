'use client';

import type { Schedule } from '@relay/contract';
import { CalendarClock, Plus } from 'lucide-react';
import { useSchedules } from '../../data/schedules.ts';
import { Allowed } from '../../data/session.tsx';
import { useUrlState } from '../../data/url-state.ts';
import { PageHeader } from '../../design/AppShell.tsx';
import { ButtonLink } from '../../design/Button.tsx';
import { Num } from '../../design/Num.tsx';
import { PagedList } from '../../design/PagedList.tsx';
import { RowLink } from '../../design/RowLink.tsx';
import type { Column } from '../../design/StatTable.tsx';
import { EmptyState } from '../../design/states.tsx';
import { TimeAgo } from '../../design/TimeAgo.tsx';
import { OutcomeBadge, ScheduleBadge } from './badges.tsx';
import { PauseSchedule } from './ScheduleActions.tsx';
import { timesText } from './times.ts';

const COLUMNS: readonly Column<Schedule>[] = [
  {
    id: 'id',
    label: 'Schedule',
    cell: (schedule) => (
      <RowLink
        href={`/schedules/${encodeURIComponent(schedule.id)}`}
        title={schedule.id}
        below={`${schedule.paused ? 'Paused, ' : ''}${timesText(schedule)}`}
      >
        {schedule.id}
      </RowLink>
    ),
  },
  {
    id: 'state',
    label: 'State',
    width: 'w-24',
    from: 'sm',
    cell: (schedule) => <ScheduleBadge schedule={schedule} />,
  },
  {
    id: 'times',
    label: 'Times',
    width: 'w-56',
    from: 'md',
    cell: (schedule) => (
      <span title={timesText(schedule)}>
        <span className="font-mono text-xs">{timesText(schedule)}</span>
        {schedule.cron !== null && (
          <span className="ml-2 text-xs text-ink-3">{schedule.timezone}</span>
        )}
      </span>
    ),
  },
  {
    id: 'queue',
    label: 'Queue',
    width: 'w-36',
    from: 'xl',
    cell: ({ queue }) => <bdi title={queue}>{queue}</bdi>,
  },
  {
    id: 'last',
    label: 'Last run',
    width: 'w-44',
    from: 'lg',
    cell: ({ results }) => <LastRun results={results} />,
  },
  {
    id: 'fired',
    label: 'Runs',
    align: 'right',
    width: 'w-20',
    from: '2xl',
    cell: ({ counts }) => <Num value={counts.fired} dimZero />,
  },
  {
    id: 'next',
    label: 'Next run',
    align: 'right',
    width: 'w-24',
    cell: ({ nextRunAt }) =>
      nextRunAt === null ? <span className="text-ink-3">–</span> : <TimeAgo at={nextRunAt} />,
  },
  {
    id: 'actions',
    label: 'Actions',
    quiet: true,
    align: 'right',
    width: 'w-14',
    cell: ({ id, paused }) => <PauseSchedule id={id} paused={paused} compact />,
  },
];

function LastRun({ results }: Pick<Schedule, 'results'>) {
  const last = results.at(-1);
  if (last === undefined) return <span className="text-ink-3">none yet</span>;
  return (
    <span className="flex items-center gap-2">
      <OutcomeBadge outcome={last.outcome} />
      <span className="text-ink-2">
        <TimeAgo at={last.at} />
      </span>
    </span>
  );
}

/** What enqueues jobs by itself. */
export function SchedulesPage() {
  const { get } = useUrlState();
  const query = useSchedules(get('cursor'));
  return (
    <>
      <PageHeader title="Schedules" note="Jobs enqueued on a schedule">
        <Allowed to="queues.operate">
          <ButtonLink look="primary" icon={Plus} href="/new-schedule">
            New schedule
          </ButtonLink>
        </Allowed>
      </PageHeader>
      <PagedList
        query={query}
        caption="Schedules"
        columns={COLUMNS}
        empty={
          <EmptyState icon={CalendarClock} title="No schedules yet">
            A schedule enqueues a job every so often, or at the times of a cron expression.
          </EmptyState>
        }
      />
    </>
  );
}
