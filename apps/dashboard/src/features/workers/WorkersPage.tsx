'use client';

import type { Worker } from '@relay/contract';
import { Activity, CirclePause, Cpu, Globe, LogOut, TriangleAlert } from 'lucide-react';
import { useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import { useWorkers } from '../../data/jobs.ts';
import { queryText } from '../../data/paths.ts';
import { useMay } from '../../data/session.tsx';
import { PageHeader } from '../../design/AppShell.tsx';
import { Badge } from '../../design/Badge.tsx';
import { Button } from '../../design/Button.tsx';
import { whole } from '../../design/format.ts';
import { Loaded, Panel } from '../../design/Loading.tsx';
import { PageLink } from '../../design/PageLink.tsx';
import { type Column, StatTable } from '../../design/StatTable.tsx';
import { EmptyState, Note } from '../../design/states.tsx';
import { TimeAgo } from '../../design/TimeAgo.tsx';

const MOST_LINKS = 20;

const COLUMNS: readonly Column<Worker>[] = [
  {
    id: 'worker',
    label: 'Worker',
    cell: ({ id, host, pid, slots, busy }) => (
      <span className="block min-w-0 leading-4.5" title={id}>
        <bdi className="block truncate font-medium">{host ?? id}</bdi>
        <span className="block truncate text-xs text-ink-3">
          {pid === null ? id : `process ${pid}`}
          {slots !== null && busy !== null && (
            <span className="@xl:hidden">
              , {busy}/{slots} busy
            </span>
          )}
        </span>
      </span>
    ),
  },
  {
    id: 'state',
    label: 'State',
    width: 'w-24 @xl:w-28',
    cell: (worker) => <State worker={worker} />,
  },
  {
    id: 'queues',
    label: 'Queues',
    width: 'w-1/4',
    from: 'lg',
    cell: (worker) => <WorkerQueues worker={worker} />,
  },
  {
    id: 'slots',
    label: 'Slots',
    width: 'w-36',
    from: 'sm',
    cell: (worker) => <Slots {...worker} />,
  },
  {
    id: 'version',
    label: 'Version',
    width: 'w-20',
    from: 'xl',
    cell: ({ version }) => version ?? '–',
  },
  {
    id: 'seen',
    label: 'Seen',
    width: 'w-20',
    align: 'right',
    cell: ({ lastSeenAt }) => <TimeAgo at={lastSeenAt} />,
  },
  {
    id: 'actions',
    label: 'Actions',
    quiet: true,
    width: 'w-28',
    align: 'right',
    from: 'md',
    cell: (worker) => <Quiet worker={worker} />,
  },
];

/** Who takes jobs. */
export function WorkersPage() {
  const query = useWorkers();
  const count = query.data?.items.length;
  return (
    <>
      <PageHeader
        title="Workers"
        note={count === undefined ? '' : `${whole(count)} seen in the last 30s`}
      />
      <Panel>
        <Loaded query={query}>
          {({ items, nextCursor }) => (
            <>
              {items.length === 0 ? (
                <EmptyState icon={Cpu} title="No workers running">
                  Jobs wait until one starts.
                </EmptyState>
              ) : (
                <StatTable
                  caption="Workers"
                  columns={COLUMNS}
                  rows={items}
                  keyOf={({ id }) => id}
                />
              )}
              {nextCursor !== null && <Note>The first {items.length} are shown.</Note>}
            </>
          )}
        </Loaded>
      </Panel>
    </>
  );
}

/** Each leads to what this worker has of it now. */
function WorkerQueues({ worker: { id, queues } }: { readonly worker: Worker }) {
  return (
    <span title={queues.join(', ')}>
      {queues.slice(0, MOST_LINKS).map((queue, index) => (
        <span key={queue}>
          {index > 0 && ', '}
          <PageLink
            href={`/queues/${encodeURIComponent(queue)}${queryText({ state: 'active', worker: id })}`}
            className="rounded hover:underline hover:underline-offset-2"
          >
            {queue}
          </PageLink>
        </span>
      ))}
      {queues.length > MOST_LINKS && (
        <span className="text-ink-3"> +{queues.length - MOST_LINKS}</span>
      )}
    </span>
  );
}

function State({ worker: { draining, quiet, kind } }: { readonly worker: Worker }) {
  if (draining) {
    return (
      <Badge icon={LogOut} tone="violet">
        Draining
      </Badge>
    );
  }
  if (quiet) {
    return (
      <Badge icon={CirclePause} tone="warn">
        Quiet
      </Badge>
    );
  }
  return (
    <Badge icon={kind === 'http' ? Globe : Activity} tone="good">
      {kind === 'http' ? 'HTTP' : 'Working'}
    </Badge>
  );
}

function Slots({ slots, busy }: Pick<Worker, 'slots' | 'busy'>) {
  if (slots === null || busy === null) return <span className="text-ink-3">–</span>;
  return (
    <span className="flex items-center gap-2 tabular-nums">
      <span aria-hidden className="h-1.5 w-16 overflow-hidden rounded-full bg-raised">
        <span
          className="block h-full rounded-full bg-accent-fill"
          style={{ width: `${slots === 0 ? 0 : Math.min(100, (busy / slots) * 100)}%` }}
        />
      </span>
      {busy} of {slots}
    </span>
  );
}

function Quiet({ worker: { id, quiet, draining, kind } }: { readonly worker: Worker }) {
  const { mutate, isPending, error } = useAction();
  const may = useMay();
  const blocked = useBlocked();
  if (kind === 'http' || draining || !may('queues.operate')) return null;
  return (
    <>
      <Button
        {...(error === null ? {} : { icon: TriangleAlert, className: 'text-bad' })}
        busy={isPending}
        blocked={blocked}
        title={error === null ? 'A quiet worker stops claiming jobs' : `Not done: ${error.message}`}
        onClick={() =>
          mutate({ path: `/v1/workers/${encodeURIComponent(id)}/quiet`, body: { quiet: !quiet } })
        }
      >
        {quiet ? 'Resume' : 'Quiet'}
      </Button>
      {error !== null && (
        <span role="alert" className="sr-only">
          Not done: {error.message}
        </span>
      )}
    </>
  );
}
