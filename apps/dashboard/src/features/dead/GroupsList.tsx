'use client';

import type { DeadLetterGroup } from '@relay/contract';
import { PartyPopper } from 'lucide-react';
import { useGroups } from '../../data/jobs.ts';
import { PageHeader } from '../../design/AppShell.tsx';
import { counted, whole } from '../../design/format.ts';
import { Loaded, Panel } from '../../design/Loading.tsx';
import { Num } from '../../design/Num.tsx';
import { RowLink } from '../../design/RowLink.tsx';
import { type Column, StatTable } from '../../design/StatTable.tsx';
import { EmptyState, Note } from '../../design/states.tsx';
import { TimeAgo } from '../../design/TimeAgo.tsx';
import { whyDead } from '../job/why-dead.tsx';
import { RequeueGroup } from './GroupActions.tsx';

const COLUMNS: readonly Column<DeadLetterGroup>[] = [
  {
    id: 'error',
    label: 'Cause',
    cell: (group) => (
      <RowLink
        href={`/dead?queue=${encodeURIComponent(group.queue)}&group=${group.group}`}
        title={group.sample.message?.slice(0, 2_000)}
        below={
          <>
            {group.queue}, last <TimeAgo at={group.lastSeenAt} />
          </>
        }
      >
        <bdi>{whyDead(group) || 'unknown'}</bdi>
      </RowLink>
    ),
  },
  {
    id: 'queue',
    label: 'Queue',
    width: 'w-36',
    from: 'sm',
    cell: ({ queue }) => <bdi title={queue}>{queue}</bdi>,
  },
  {
    id: 'reason',
    label: 'Reason',
    width: 'w-40',
    from: 'xl',
    cell: ({ reason }) => reason?.replaceAll('-', ' ') ?? '',
  },
  {
    id: 'count',
    label: 'Jobs',
    width: 'w-16',
    align: 'right',
    cell: ({ count }) => <Num value={count} />,
  },
  {
    id: 'first',
    label: 'First',
    width: 'w-24',
    align: 'right',
    from: 'lg',
    cell: ({ firstSeenAt }) => <TimeAgo at={firstSeenAt} />,
  },
  {
    id: 'last',
    label: 'Last',
    width: 'w-24',
    align: 'right',
    from: 'sm',
    cell: ({ lastSeenAt }) => <TimeAgo at={lastSeenAt} />,
  },
  {
    id: 'actions',
    label: 'Actions',
    quiet: true,
    align: 'right',
    width: 'w-40',
    from: 'md',
    cell: ({ queue, group, count }) => <RequeueGroup {...{ queue, group, count }} />,
  },
];

/** Dead letters by queue, reason and error. */
export function GroupsList() {
  const query = useGroups();
  const total = query.data?.items.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      <PageHeader
        title="Dead letters"
        note={total === undefined ? '' : `${counted(total, 'job')}, by what they died of`}
      />
      <Panel>
        <Loaded query={query}>
          {({ items, partial, newestPerQueue }) => (
            <>
              {items.length === 0 ? (
                <EmptyState icon={PartyPopper} title="No dead letters">
                  Jobs that fail too often, crash their workers or expire are kept here until you
                  decide what to do.
                </EmptyState>
              ) : (
                <StatTable
                  caption="Dead letters by cause"
                  columns={COLUMNS}
                  rows={items}
                  keyOf={({ queue, group }) => `${queue} ${group}`}
                />
              )}
              {partial && <Note>Of the newest {whole(newestPerQueue)} of each queue.</Note>}
            </>
          )}
        </Loaded>
      </Panel>
    </>
  );
}
