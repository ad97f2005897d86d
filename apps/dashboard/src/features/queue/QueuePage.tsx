'use client';

import type { QueueDetail } from '@relay/contract';
import { ApiError } from '../../data/api.ts';
import { useQueue } from '../../data/queues.ts';
import { useMay } from '../../data/session.tsx';
import { useUrlState } from '../../data/url-state.ts';
import { PageHeader } from '../../design/AppShell.tsx';
import { PausedBadge } from '../../design/Badge.tsx';
import { duration } from '../../design/format.ts';
import { Loaded } from '../../design/Loading.tsx';
import { Tabs } from '../../design/Tabs.tsx';
import { PauseButton } from '../queues/PauseButton.tsx';
import { TABS, tabAsked } from './asked.ts';
import { DangerTab } from './DangerTab.tsx';
import { JobsTab } from './JobsTab.tsx';
import { MetricsTab } from './MetricsTab.tsx';
import { SettingsTab } from './settings/SettingsTab.tsx';
import { TestJob } from './TestJob.tsx';

/** One queue: its jobs, its course, and what ends it. */
export function QueuePage({ name }: { readonly name: string }) {
  const query = useQueue(name);
  const { get } = useUrlState();
  const tab = tabAsked(get);
  const { data, error } = query;
  const isRefused = data === undefined && error instanceof ApiError && !error.isOutage;
  const gone = data === undefined ? error : null;
  const may = useMay();
  return (
    <>
      <PageHeader
        under={{ href: '/queues', label: 'Queues' }}
        title={
          <>
            <bdi>{name}</bdi>
            {data?.paused && <PausedBadge />}
          </>
        }
        note={isRefused ? undefined : noteOf(data)}
      >
        {(data ?? query.gone) && may('jobs.enqueue') && (
          <TestJob queue={name} gone={data === undefined} />
        )}
        {data && <PauseButton queue={name} paused={data.paused} />}
      </PageHeader>
      {!isRefused && (
        <Tabs
          label="Parts of this queue"
          tabs={TABS.filter(({ id }) => id !== 'danger' || may('queues.delete'))}
          current={tab}
          hrefOf={(id) => `/queues/${encodeURIComponent(name)}${id === 'jobs' ? '' : `?tab=${id}`}`}
        />
      )}
      {tab === 'jobs' ? (
        <JobsTab name={name} queue={query} />
      ) : (
        <Loaded query={tab === 'metrics' ? query : { ...query, data: data ?? query.gone }}>
          {(queue) => (
            <>
              {tab === 'metrics' && <MetricsTab queue={name} />}
              {tab === 'settings' && <SettingsTab queue={queue} gone={gone} />}
              {tab === 'danger' && <DangerTab queue={queue} gone={gone} />}
            </>
          )}
        </Loaded>
      )}
    </>
  );
}

function noteOf(queue: QueueDetail | undefined): string {
  if (queue === undefined) return '';
  if (queue.oldestReadyMs === null) return 'No jobs waiting for a worker';
  return `The oldest ready job has waited for ${duration(queue.oldestReadyMs)}`;
}
