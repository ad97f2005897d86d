'use client';

import type { JobSummary } from '@relay/contract';
import { Inbox } from 'lucide-react';
import { useState } from 'react';
import { useDeadLetters, useGroups } from '../../data/jobs.ts';
import { useMay } from '../../data/session.tsx';
import { useUrlState } from '../../data/url-state.ts';
import { PageHeader } from '../../design/AppShell.tsx';
import { PagedList } from '../../design/PagedList.tsx';
import { RowLink } from '../../design/RowLink.tsx';
import type { Column } from '../../design/StatTable.tsx';
import { EmptyState } from '../../design/states.tsx';
import { TimeAgo } from '../../design/TimeAgo.tsx';
import { WHY_DEAD, whyDead } from '../job/why-dead.tsx';
import { ExportLink } from './ExportLink.tsx';
import { DiscardGroup, RequeueGroup } from './GroupActions.tsx';
import { SelectionActions } from './SelectionActions.tsx';

type Toggle = (id: string, on: boolean) => void;

/** The jobs of one group, to be looked at and sent back one by one or together. */
export function GroupLetters({ queue, group }: { readonly queue: string; readonly group: string }) {
  const { get } = useUrlState();
  const query = useDeadLetters(queue, group, get('cursor'));
  const known = useGroups().data?.items.find(
    (each) => each.group === group && each.queue === queue,
  );
  const may = useMay();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const toggle: Toggle = (id, on) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  return (
    <>
      <PageHeader
        under={{ href: '/dead', label: 'Dead letters' }}
        title={<bdi>{queue}</bdi>}
        note={known && <bdi className="line-clamp-2 break-words">{whyDead(known)}</bdi>}
      >
        {chosen.size > 0 && (
          <SelectionActions queue={queue} ids={[...chosen]} onDone={() => setChosen(new Set())} />
        )}
        <ExportLink queue={queue} group={group} />
        {known && <DiscardGroup queue={queue} group={group} count={known.count} />}
        {known && <RequeueGroup queue={queue} group={group} count={known.count} />}
      </PageHeader>
      <PagedList
        query={query}
        caption="Dead letters"
        columns={columnsOf(chosen, may('jobs.operate') ? toggle : undefined)}
        empty={<EmptyState icon={Inbox} title="No jobs left in this group" />}
      />
    </>
  );
}

/** @param toggle undefined for who may do nothing with what they choose */
function columnsOf(chosen: ReadonlySet<string>, toggle: Toggle | undefined): Column<JobSummary>[] {
  return [
    {
      id: 'id',
      label: 'Job',
      width: '@xl:w-60',
      cell: (job) => (
        <span className="flex items-center gap-2.5">
          {toggle && (
            <input
              type="checkbox"
              aria-label={`Select ${job.id}`}
              checked={chosen.has(job.id)}
              onChange={(event) => toggle(job.id, event.target.checked)}
              className="size-3.5 shrink-0 accent-accent-fill"
            />
          )}
          <RowLink
            href={`/queues/${encodeURIComponent(job.queue)}/jobs/${encodeURIComponent(job.id)}`}
            title={job.id}
            below={whyDead(job)}
            mono
          >
            {job.id}
          </RowLink>
        </span>
      ),
    },
    {
      id: 'type',
      label: 'Type',
      width: 'w-36',
      from: 'lg',
      cell: ({ type }) => <bdi title={type}>{type}</bdi>,
    },
    WHY_DEAD,
    {
      id: 'attempts',
      label: 'Attempts',
      width: 'w-20',
      align: 'right',
      from: 'lg',
      cell: ({ attempts }) => <span className="tabular-nums">{attempts}</span>,
    },
    {
      id: 'died',
      label: 'Died',
      width: 'w-24',
      align: 'right',
      cell: ({ finishedAt, runAt }) => <TimeAgo at={finishedAt ?? runAt} />,
    },
  ];
}
