'use client';

import type { Job } from '@relay/contract';
import { type LoadedJob, useJob } from '../../data/jobs.ts';
import { PageHeader } from '../../design/AppShell.tsx';
import { StateBadge } from '../../design/Badge.tsx';
import { JsonViewer } from '../../design/JsonViewer.tsx';
import { Loaded, Panel } from '../../design/Loading.tsx';
import { Card } from '../../design/Tile.tsx';
import { Deliveries } from './Deliveries.tsx';
import { DeliveryLog } from './DeliveryLog.tsx';
import { JobActions } from './JobActions.tsx';
import { JobFacts } from './JobFacts.tsx';
import { Timeline } from './Timeline.tsx';

/** One job: where it is, what was tried, what it carries. */
export function JobPage({ queue, id }: { readonly queue: string; readonly id: string }) {
  const query = useJob(queue, id);
  const { data } = query;
  const loaded = data ?? query.gone;
  return (
    <>
      <PageHeader
        under={{ href: `/queues/${encodeURIComponent(queue)}`, label: <bdi>{queue}</bdi> }}
        title={
          <>
            <span className="font-mono text-base font-medium tracking-normal">{id}</span>
            {data && <StateBadge state={data.job.state} />}
          </>
        }
      >
        {loaded && <JobActions loaded={loaded} gone={data === undefined} />}
      </PageHeader>
      {data === undefined ? (
        <Panel>
          <Loaded query={query}>{() => null}</Loaded>
        </Panel>
      ) : (
        <Content loaded={data} />
      )}
    </>
  );
}

function Content({ loaded: { job, raw, text } }: { readonly loaded: LoadedJob }) {
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
      <div className="min-w-0 space-y-4">
        {job.error !== null && <Failure error={job.error} />}
        <Card title="Deliveries">
          <Deliveries history={job.history} />
        </Card>
        {job.logs !== undefined && (
          <Card title={`Log of delivery ${job.logs.number}`}>
            <DeliveryLog lines={job.logs.lines} />
          </Card>
        )}
        <JsonViewer label="Payload" text={raw.get('payload')} open />
        {job.state === 'completed' && <JsonViewer label="Result" text={raw.get('result')} open />}
        {Object.keys(job.headers).length > 0 && (
          <JsonViewer label="Headers" text={raw.get('headers')} />
        )}
        <JsonViewer label="Everything, as JSON" text={text} />
      </div>
      <div className="min-w-0 space-y-4">
        <Card title="Timeline">
          <Timeline job={job} />
        </Card>
        <Card title="Settings">
          <JobFacts job={job} />
        </Card>
      </div>
    </div>
  );
}

function Failure({ error }: { readonly error: NonNullable<Job['error']> }) {
  return (
    <section
      aria-label="Last error"
      className="rounded-xl border border-bad/25 bg-bad-soft px-4 py-3"
    >
      <h2 className="text-[13px] font-semibold text-bad">
        <bdi>{error.name}</bdi>
      </h2>
      <p dir="auto" className="mt-0.5 line-clamp-6 text-[13px] break-words whitespace-pre-wrap">
        {error.message.slice(0, 4_000)}
      </p>
      {error.stack !== undefined && (
        <details className="mt-2 text-xs text-ink-2">
          <summary>Stack</summary>
          <pre className="mt-1 max-h-72 overflow-auto font-mono leading-5 whitespace-pre-wrap">
            {error.stack.slice(0, 16_000)}
          </pre>
        </details>
      )}
    </section>
  );
}
