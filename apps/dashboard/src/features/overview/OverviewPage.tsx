'use client';

import type { Overview } from '@relay/contract';
import { useOverview } from '../../data/queues.ts';
import { PageHeader } from '../../design/AppShell.tsx';
import { counted, whole } from '../../design/format.ts';
import { ErrorState, Note, Skeleton } from '../../design/states.tsx';
import { Attention } from './Attention.tsx';
import { Charts } from './Charts.tsx';
import { FrontTiles } from './FrontTiles.tsx';
import { SystemCards } from './SystemCards.tsx';
import { Verdict } from './Verdict.tsx';

/** Is everything all right, and what needs me? */
export function OverviewPage() {
  const { data, error, refetch } = useOverview();
  return (
    <>
      <PageHeader title="Overview" note={data ? summary(data) : ''} />
      {data !== undefined && <Loaded overview={data} />}
      {data === undefined && error === null && <Loading />}
      {data === undefined && error !== null && (
        <ErrorState error={error} retry={() => void refetch()} />
      )}
    </>
  );
}

function Loaded({ overview }: { readonly overview: Overview }) {
  return (
    <div className="space-y-4">
      <Verdict overview={overview} />
      <FrontTiles overview={overview} />
      <Charts chart={overview.chart} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <Attention overview={overview} />
        <SystemCards overview={overview} />
      </div>
      {overview.partial && <Note>There are more queues than these figures are made of.</Note>}
    </div>
  );
}

function summary({ queues, workers }: Overview): string {
  const slots =
    workers.slots > 0 ? `, ${whole(workers.busy)} of ${whole(workers.slots)} slots busy` : '';
  return `${counted(queues, 'queue')}, ${counted(workers.live, 'worker')}${slots}`;
}

function Loading() {
  return (
    <div aria-busy="true" className="space-y-4">
      <span role="status" className="sr-only">
        Loading
      </span>
      <Skeleton className="h-14 rounded-xl" />
      <div className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-6">
        {['a', 'b', 'c', 'd', 'e', 'f'].map((key) => (
          <Skeleton key={key} className="h-29 rounded-xl" />
        ))}
      </div>
      <div className="grid gap-4 lg:grid-cols-2">
        <Skeleton className="h-63 rounded-xl" />
        <Skeleton className="h-63 rounded-xl" />
      </div>
    </div>
  );
}
