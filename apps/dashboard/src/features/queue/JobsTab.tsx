'use client';

import type { JobState, JobSummary, QueueDetail } from '@relay/contract';
import { Inbox } from 'lucide-react';
import { useState } from 'react';
import type { Read } from '../../data/api.ts';
import type { JobsOptions } from '../../data/paths.ts';
import { useJobs, useListed } from '../../data/queues.ts';
import { useUrlState } from '../../data/url-state.ts';
import { JOB_STATES } from '../../design/Badge.tsx';
import { Button } from '../../design/Button.tsx';
import { Loaded } from '../../design/Loading.tsx';
import { Num } from '../../design/Num.tsx';
import { PagedList } from '../../design/PagedList.tsx';
import { RowLink } from '../../design/RowLink.tsx';
import type { Column } from '../../design/StatTable.tsx';
import { EmptyState } from '../../design/states.tsx';
import { TimeAgo } from '../../design/TimeAgo.tsx';
import { WHY_DEAD, whyDead } from '../job/why-dead.tsx';
import { jobsAsked, STATES } from './asked.ts';

export interface JobsTabProps {
  readonly name: string;
  readonly queue: Read<QueueDetail>;
}

/**
 * The jobs in one state. They are read beside the queue, and not after it, where the address names the state, or the list
 * that led here tells which one is worth seeing. Without a name it stays that one, however the counts go on.
 */
export function JobsTab({ name, queue }: JobsTabProps) {
  const { get } = useUrlState();
  const { data, error } = queue;
  const listed = useListed(name);
  const counts = data?.counts ?? listed?.counts;
  const [first, setFirst] = useState<JobState>();
  if (first === undefined && counts !== undefined) setFirst(busiest(counts));
  const asked = jobsAsked(get, first);
  if (asked === undefined || (data === undefined && error !== null)) {
    return <Loaded query={queue}>{() => null}</Loaded>;
  }
  return <Jobs queue={name} counts={counts} asked={asked} />;
}

interface JobsProps {
  readonly queue: string;
  /** Undefined: not read yet. */
  readonly counts: QueueDetail['counts'] | undefined;
  readonly asked: JobsOptions;
}

function Jobs({ queue, counts, asked }: JobsProps) {
  const { set } = useUrlState();
  const query = useJobs(queue, asked);
  const { state, worker } = asked;
  return (
    <>
      <fieldset className="mb-3 flex flex-wrap gap-1.5">
        <legend className="sr-only">State</legend>
        {STATES.map((each) => (
          <StateChoice
            key={each}
            state={each}
            count={counts?.[each]}
            current={each === state}
            onChoose={() => set({ state: each, cursor: undefined, worker: undefined })}
          />
        ))}
      </fieldset>
      {worker !== undefined && (
        <p className="mb-3 flex flex-wrap items-center gap-2 text-[13px] text-ink-2">
          <span className="min-w-0 break-all">
            Those that worker <bdi className="font-medium text-ink">{worker}</bdi> has, of the first
            200.
          </span>
          <Button onClick={() => set({ worker: undefined })}>All workers</Button>
        </p>
      )}
      <PagedList
        query={query}
        caption={`${JOB_STATES[state].label} jobs`}
        columns={columnsOf(state)}
        empty={<EmptyState icon={Inbox} title={`No ${state} jobs`} />}
      />
    </>
  );
}

/** Where there is most to see; what waits before what is done. */
function busiest(counts: QueueDetail['counts']): JobState {
  const order: JobState[] = ['active', 'ready', 'dead', 'scheduled', 'completed'];
  return order.find((state) => counts[state] > 0) ?? 'ready';
}

interface StateChoiceProps {
  readonly state: JobState;
  readonly count: number | undefined;
  readonly current: boolean;
  readonly onChoose: () => void;
}

function StateChoice({ state, count, current, onChoose }: StateChoiceProps) {
  const { icon: Icon, label } = JOB_STATES[state];
  return (
    <button
      type="button"
      aria-pressed={current}
      onClick={onChoose}
      className="inline-flex h-8 items-center gap-1.5 rounded-md border border-line bg-surface px-2.5 text-[13px] text-ink-2 hover:border-line-strong aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
    >
      <Icon aria-hidden className="size-3.5" />
      {label}
      <span className="font-medium">{count === undefined ? '–' : <Num value={count} />}</span>
    </button>
  );
}

type JobColumn = Column<JobSummary>;

const ID: JobColumn = {
  id: 'id',
  label: 'Job',
  width: '@xl:w-48',
  cell: (job) => (
    <RowLink
      href={`/queues/${encodeURIComponent(job.queue)}/jobs/${encodeURIComponent(job.id)}`}
      title={job.id}
      below={job.state === 'dead' && whyDead(job)}
      mono
    >
      {job.id}
    </RowLink>
  ),
};

function columnsOf(state: JobState): JobColumn[] {
  const ended = state === 'completed' || state === 'dead' || state === 'cancelled';
  const third = state === 'dead' ? [WHY_DEAD] : state === 'active' ? [WORKER] : [];
  return [
    ID,
    {
      id: 'type',
      label: 'Type',
      width: third.length === 0 ? 'w-24 @xl:w-auto' : 'w-24 @2xl:w-36',
      cell: ({ type }) => <bdi title={type}>{type}</bdi>,
    },
    ...third,
    {
      id: 'priority',
      label: 'Priority',
      align: 'right',
      width: 'w-20',
      from: 'lg',
      cell: ({ priority }) => <Num value={priority} as="whole" dimZero />,
    },
    {
      id: 'attempts',
      label: 'Attempts',
      align: 'right',
      width: 'w-24',
      from: 'md',
      cell: ({ attempts, maxAttempts }) => (
        <span className="tabular-nums">
          {attempts} <span className="text-ink-3">of {maxAttempts}</span>
        </span>
      ),
    },
    {
      id: 'time',
      label: ended ? 'Ended' : state === 'active' ? 'Started' : 'Due',
      align: 'right',
      width: 'w-24',
      cell: ({ finishedAt, startedAt, runAt }) => (
        <TimeAgo at={(ended ? finishedAt : state === 'active' ? startedAt : runAt) ?? runAt} />
      ),
    },
  ];
}

const WORKER: JobColumn = {
  id: 'worker',
  label: 'Worker',
  from: 'sm',
  cell: ({ workerId }) => <bdi title={workerId ?? ''}>{workerId}</bdi>,
};
