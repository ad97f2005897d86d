'use client';

import type { Schedule } from '@relay/contract';
import { Pencil, Trash2, Zap } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import { schedulePath } from '../../data/paths.ts';
import { useMay } from '../../data/session.tsx';
import { Button, ButtonLink } from '../../design/Button.tsx';
import { ConfirmDialog } from '../../design/Dialog.tsx';
import { PauseToggle } from '../../design/PauseToggle.tsx';

export interface PauseScheduleProps {
  readonly id: string;
  readonly paused: boolean;
  /** The icon alone. */
  readonly compact?: boolean;
}

/** Ticks that come while it is paused are not made up for; nothing is lost that was enqueued. */
export function PauseSchedule({ id, paused, compact = false }: PauseScheduleProps) {
  const change = useAction();
  const path = `${schedulePath(id)}/${paused ? 'resume' : 'pause'}`;
  return (
    <PauseToggle
      {...{ name: id, paused, compact, change }}
      onToggle={() => change.mutate({ path })}
    />
  );
}

/** What can be done with a schedule. */
export function ScheduleActions({ schedule: { id, queue, paused } }: { schedule: Schedule }) {
  const router = useRouter();
  const blocked = useBlocked();
  const [deleting, setDeleting] = useState(false);
  const run = useAction((answer) => {
    const { jobId } = JSON.parse(answer) as { jobId: string };
    router.push(`/queues/${encodeURIComponent(queue)}/jobs/${encodeURIComponent(jobId)}`);
  });
  const remove = useAction(() => router.push('/schedules'));
  if (!useMay()('queues.operate')) return null;
  return (
    <>
      {run.error !== null && (
        <span role="alert" className="text-[13px] text-bad">
          {run.error.message}
        </span>
      )}
      <Button
        icon={Zap}
        busy={run.isPending}
        blocked={blocked}
        title="Enqueue its job now, regardless of its schedule"
        onClick={() => run.mutate({ path: `${schedulePath(id)}/run` })}
      >
        Run now
      </Button>
      <PauseSchedule id={id} paused={paused} />
      <ButtonLink icon={Pencil} href={`/schedules/${encodeURIComponent(id)}?edit=yes`}>
        Edit
      </ButtonLink>
      <Button icon={Trash2} blocked={blocked} onClick={() => setDeleting(true)}>
        Delete…
      </Button>
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={`Delete ${id}`}
        action="Delete the schedule"
        danger
        {...{ blocked, error: remove.error, busy: remove.isPending }}
        onConfirm={() => remove.mutate({ method: 'DELETE', path: schedulePath(id) })}
      >
        It fires no more. The jobs that it has enqueued stay in{' '}
        <bdi className="font-medium text-ink">{queue}</bdi>.
      </ConfirmDialog>
    </>
  );
}
