'use client';

import type { Schedule } from '@relay/contract';
import { durationText } from '../../data/durations.ts';
import { type LoadedSchedule, usePreview, useSchedule } from '../../data/schedules.ts';
import { useMay } from '../../data/session.tsx';
import { useUrlState } from '../../data/url-state.ts';
import { PageHeader } from '../../design/AppShell.tsx';
import { Facts } from '../../design/Facts.tsx';
import { whole } from '../../design/format.ts';
import { JsonViewer } from '../../design/JsonViewer.tsx';
import { Loaded, Panel } from '../../design/Loading.tsx';
import { PageLink } from '../../design/PageLink.tsx';
import { type Column, StatTable } from '../../design/StatTable.tsx';
import { Skeleton } from '../../design/states.tsx';
import { Card } from '../../design/Tile.tsx';
import { TimeAgo } from '../../design/TimeAgo.tsx';
import { OutcomeBadge, type Result, ScheduleBadge } from './badges.tsx';
import { typeOf } from './form.ts';
import { RunsPreview } from './RunsPreview.tsx';
import { ScheduleActions } from './ScheduleActions.tsx';
import { ScheduleForm } from './ScheduleForm.tsx';
import { timesOf, timesText, zoned } from './times.ts';

const SHOWN_RUNS = 10;

/** One schedule: when it fires next, what became of its last ticks, and what it enqueues. */
export function SchedulePage({ id }: { readonly id: string }) {
  const query = useSchedule(id);
  const { get } = useUrlState();
  const may = useMay();
  const editing = get('edit') !== undefined && may('queues.operate');
  const { data } = query;
  const edited = editing ? (data ?? query.gone) : undefined;
  return (
    <>
      <PageHeader
        under={{ href: '/schedules', label: 'Schedules' }}
        title={
          <>
            <bdi>{id}</bdi>
            {data && <ScheduleBadge schedule={data.schedule} />}
          </>
        }
      >
        {data && !editing && <ScheduleActions schedule={data.schedule} />}
      </PageHeader>
      {data === undefined && edited === undefined && (
        <Panel>
          <Loaded query={query}>{() => null}</Loaded>
        </Panel>
      )}
      {edited !== undefined && <ScheduleForm loaded={edited} gone={data === undefined} />}
      {data !== undefined && !editing && <Content loaded={data} />}
    </>
  );
}

function Content({ loaded: { schedule, payload, text } }: { readonly loaded: LoadedSchedule }) {
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
      <div className="min-w-0 space-y-4">
        <Card title="Last runs">
          <LastRuns schedule={schedule} />
        </Card>
        <JsonViewer label="Payload" text={payload} open />
        <JsonViewer label="Everything, as JSON" text={text} />
      </div>
      <div className="min-w-0 space-y-4">
        <NextRuns schedule={schedule} />
        <Card title="Settings">
          <Facts facts={factsOf(schedule)} />
        </Card>
      </div>
    </div>
  );
}

function NextRuns({ schedule }: { readonly schedule: Schedule }) {
  const { data, error } = usePreview(timesOf(schedule), SHOWN_RUNS);
  return (
    <Card title="Next runs" aside={<span className="text-xs text-ink-3">{schedule.timezone}</span>}>
      {schedule.paused && <p className="px-4 pb-1 text-[13px] text-ink-2">Once it is resumed:</p>}
      {data !== undefined && data.runs.length === 0 && (
        <p className="px-4 pb-4 text-[13px] text-ink-2">None: it has come to its end.</p>
      )}
      {data !== undefined && (
        <RunsPreview label="Next runs" runs={data.runs} timezone={schedule.timezone} />
      )}
      {data === undefined && error === null && <Skeleton className="mx-4 mb-4 h-60" />}
      {error !== null && <p className="px-4 pb-4 text-[13px] text-bad">{error.message}</p>}
    </Card>
  );
}

function LastRuns({ schedule: { results, queue, timezone } }: { readonly schedule: Schedule }) {
  if (results.length === 0) {
    return <p className="px-4 pb-4 text-[13px] text-ink-2">It has not fired yet.</p>;
  }
  return (
    <StatTable
      caption="Last runs"
      columns={columnsOf(queue, timezone)}
      rows={results.toReversed()}
      keyOf={({ tick, at, jobId }) => `${tick} ${at} ${jobId ?? ''}`}
    />
  );
}

function columnsOf(queue: string, timezone: string): Column<Result>[] {
  return [
    {
      id: 'tick',
      label: 'Due',
      cell: ({ tick, byHand }) => (
        <span className="tabular-nums">
          {zoned(Date.parse(tick), timezone).text}
          {byHand && <span className="ml-2 text-xs text-ink-3">by hand</span>}
        </span>
      ),
    },
    {
      id: 'outcome',
      label: 'Outcome',
      width: 'w-28',
      cell: ({ outcome }) => <OutcomeBadge outcome={outcome} />,
    },
    {
      id: 'job',
      label: 'Job',
      width: 'w-48',
      from: 'sm',
      cell: ({ jobId, reason }) =>
        jobId === null ? (
          <bdi className="text-ink-2">{reason ?? ''}</bdi>
        ) : (
          <PageLink
            href={`/queues/${encodeURIComponent(queue)}/jobs/${encodeURIComponent(jobId)}`}
            className="rounded font-mono text-xs hover:underline hover:underline-offset-2"
          >
            {jobId}
          </PageLink>
        ),
    },
    {
      id: 'at',
      label: 'Fired',
      align: 'right',
      width: 'w-24',
      from: 'md',
      cell: ({ at }) => <TimeAgo at={at} />,
    },
  ];
}

function factsOf(schedule: Schedule) {
  const { queue, cron, timezone, startAt, endAt, limit, missed, catchUp } = schedule;
  const { overlap, graceMs, waiting, counts, updatedAt } = schedule;
  const time = (at: string) => `${zoned(Date.parse(at), timezone).text}`;
  return [
    {
      name: 'Queue',
      value: (
        <PageLink
          href={`/queues/${encodeURIComponent(queue)}`}
          className="rounded text-accent hover:underline hover:underline-offset-2"
        >
          {queue}
        </PageLink>
      ),
    },
    { name: 'Type', value: typeOf(schedule) },
    { name: 'Times', value: timesText(schedule) },
    ...(cron === null ? [] : [{ name: 'Time zone', value: timezone }]),
    ...(startAt === null ? [] : [{ name: 'From', value: time(startAt) }]),
    ...(endAt === null ? [] : [{ name: 'Until', value: time(endAt) }]),
    ...(limit === null ? [] : [{ name: 'Maximum runs', value: whole(limit) }]),
    { name: 'When runs were missed', value: MISSED[missed].replace('N', whole(catchUp)) },
    { name: 'Late up to', value: durationText(graceMs) },
    { name: 'While the last one runs', value: OVERLAP[overlap] },
    ...(waiting === 0 ? [] : [{ name: 'Held back', value: whole(waiting) }]),
    { name: 'Fired', value: whole(counts.fired) },
    { name: 'Missed', value: whole(counts.missed) },
    { name: 'Skipped', value: whole(counts.skipped) },
    { name: 'Refused', value: whole(counts.refused) },
    { name: 'Changed', value: <TimeAgo at={updatedAt} /> },
  ];
}

const MISSED = {
  skip: 'leave them out',
  last: 'run once',
  all: 'run the newest N',
} as const;

const OVERLAP = {
  allow: 'run all the same',
  skip: 'leave it out',
  queue: 'hold it back',
} as const;
