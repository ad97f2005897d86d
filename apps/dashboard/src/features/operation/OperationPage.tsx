'use client';

import type { Operation } from '@relay/contract';
import { Ban, CircleCheck, CircleX, LoaderCircle, type LucideIcon } from 'lucide-react';
import { useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import { useOperation } from '../../data/jobs.ts';
import { useMay } from '../../data/session.tsx';
import { PageHeader } from '../../design/AppShell.tsx';
import { Badge, type Tone } from '../../design/Badge.tsx';
import { Button } from '../../design/Button.tsx';
import { whole } from '../../design/format.ts';
import { Loaded, Panel } from '../../design/Loading.tsx';
import { PageLink } from '../../design/PageLink.tsx';
import { TimeAgo } from '../../design/TimeAgo.tsx';

const STATES: Readonly<
  Record<Operation['state'], { icon: LucideIcon; tone: Tone; label: string }>
> = {
  running: { icon: LoaderCircle, tone: 'info', label: 'Running' },
  done: { icon: CircleCheck, tone: 'good', label: 'Done' },
  cancelled: { icon: Ban, tone: 'neutral', label: 'Cancelled' },
  failed: { icon: CircleX, tone: 'bad', label: 'Failed' },
};

const VERBS = {
  cancel: 'Cancel',
  retry: 'Requeue',
  delete: 'Remove',
  promote: 'Promote',
};

/** How far an action on many jobs is. */
export function OperationPage({ id }: { readonly id: string }) {
  const query = useOperation(id);
  const { data } = query;
  const may = useMay();
  return (
    <>
      <PageHeader
        {...(data && { under: { href: pageOf(data.queue), label: <bdi>{data.queue}</bdi> } })}
        title={data ? `${VERBS[data.kind]} jobs` : 'Operation'}
      >
        {data?.state === 'running' && may('jobs.operate') && <Cancel id={id} />}
      </PageHeader>
      <Panel>
        <Loaded query={query}>{(operation) => <Progress operation={operation} />}</Loaded>
      </Panel>
    </>
  );
}

function Progress({ operation }: { readonly operation: Operation }) {
  const { state, done, total, createdAt, finishedAt, problem, queue } = operation;
  const { icon, tone, label } = STATES[state];
  const share = total === null || total === 0 ? (state === 'done' ? 100 : 0) : (done / total) * 100;
  return (
    <div className="space-y-4 p-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-2xl font-semibold tracking-tight tabular-nums" data-testid="progress">
          {whole(done)}
          {total !== null && <span className="text-ink-3"> of {whole(total)}</span>}
        </p>
        <Badge icon={icon} tone={tone}>
          {label}
        </Badge>
      </div>
      <progress className="sr-only" aria-label="Progress" value={Math.min(100, share)} max={100} />
      <span aria-hidden className="block h-2 overflow-hidden rounded-full bg-raised">
        <span
          className={`block h-full rounded-full transition-[width] duration-300 ${state === 'failed' ? 'bg-bad-fill' : 'bg-accent-fill'}`}
          style={{ width: `${Math.min(100, share)}%` }}
        />
      </span>
      {problem !== null && <p className="text-[13px] text-bad">{problem}</p>}
      <p className="text-[13px] text-ink-2">
        Begun <TimeAgo at={createdAt} />
        {finishedAt !== null && (
          <>
            , ended <TimeAgo at={finishedAt} />
          </>
        )}
        .{state === 'running' && ' It goes on when this page is closed.'}{' '}
        <PageLink href={pageOf(queue)} className="rounded text-accent underline underline-offset-2">
          To the queue
        </PageLink>
      </p>
    </div>
  );
}

function pageOf(queue: string): string {
  return `/queues/${encodeURIComponent(queue)}`;
}

function Cancel({ id }: { readonly id: string }) {
  const { mutate, isPending, error } = useAction();
  const blocked = useBlocked();
  return (
    <>
      {error !== null && (
        <span role="alert" className="text-[13px] text-bad">
          {error.message}
        </span>
      )}
      <Button
        icon={Ban}
        busy={isPending}
        blocked={blocked}
        title="What is already done is not undone"
        onClick={() => mutate({ path: `/v1/operations/${encodeURIComponent(id)}/cancel` })}
      >
        Stop
      </Button>
    </>
  );
}
