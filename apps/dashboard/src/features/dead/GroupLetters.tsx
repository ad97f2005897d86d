'use client';

import type { JobSummary } from '@relay/contract';
import { Inbox } from 'lucide-react';
import { useState } from 'react';
import { useDeadLetters, useGroups } from '../../data/jobs.ts';
import { useMay } from '../../data/session.tsx';
import { useUrlState } from '../../data/url-state.ts';
import { PageHeader } from '../../design/AppShell.tsx';
import { PagedList } from '../../design/PagedList.tsx';
import { PageLink } from '../../design/PageLink.tsx';
import type { Column } from '../../design/StatTable.tsx';
import { EmptyState } from '../../design/states.tsx';
import { TimeAgo } from '../../design/TimeAgo.tsx';
import { ExportLink } from './ExportLink.tsx';
import { DiscardGroup, RequeueGroup } from './GroupActions.tsx';
import { titleOf } from './GroupsList.tsx';
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
        note={known && <bdi className="line-clamp-2 break-words">{titleOf(known)}</bdi>}
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
        empty={<EmptyState icon={Inbox} title="Nothing is left of this group" />}
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
      width: 'md:w-80',
      cell: ({ id, queue }) => (
        <span className="flex items-center gap-2.5">
          {toggle && (
            <input
              type="checkbox"
              aria-label={`Select ${id}`}
              checked={chosen.has(id)}
              onChange={(event) => toggle(id, event.target.checked)}
              className="size-3.5 shrink-0 accent-accent-fill"
            />
          )}
          <PageLink
            href={`/queues/${encodeURIComponent(queue)}/jobs/${encodeURIComponent(id)}`}
            className="truncate rounded font-mono text-xs hover:underline hover:underline-offset-2"
          >
            {id}
          </PageLink>
        </span>
      ),
    },
    { id: 'type', label: 'Type', width: 'w-28', from: 'lg', cell: ({ type }) => <bdi>{type}</bdi> },
    {
      id: 'error',
      label: 'Error',
      from: 'md',
      cell: ({ error }) => (
        <bdi className="text-ink-2" title={error?.message.slice(0, 2_000)}>
          {error?.message.slice(0, 300)}
        </bdi>
      ),
    },
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
