'use client';

import type { JobState, QueueDetail } from '@relay/contract';
import { ShieldX } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import { operationOf, useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import { queuePath } from '../../data/paths.ts';
import { useMay } from '../../data/session.tsx';
import { Button } from '../../design/Button.tsx';
import { ConfirmDialog } from '../../design/Dialog.tsx';
import { counted } from '../../design/format.ts';
import { GoneMeanwhile } from '../../design/GoneMeanwhile.tsx';
import { EmptyState, ErrorState } from '../../design/states.tsx';
import { Card } from '../../design/Tile.tsx';

const PURGEABLE = [
  'scheduled',
  'ready',
  'completed',
  'dead',
  'cancelled',
] as const satisfies JobState[];

export interface DangerTabProps {
  readonly queue: QueueDetail;
  /** The queue has been deleted: why it cannot be read any more. Who is being asked is told so, and not cut short. */
  readonly gone: Error | null;
}

/** What cannot be undone. */
export function DangerTab({ queue, gone }: DangerTabProps) {
  const [asking, setAsking] = useState<'purge' | 'delete'>();
  const blocked = useBlocked();
  const may = useMay();
  if (!may('queues.delete')) {
    return <EmptyState icon={ShieldX} title="Your role does not allow any of this" />;
  }
  if (gone !== null && asking === undefined) return <ErrorState error={gone} />;
  const jobs = counted(sumOf(queue, PURGEABLE), 'job');
  const dialog = { queue, isGone: gone !== null, close: () => setAsking(undefined) };
  return (
    <>
      {gone === null && (
        <Card title="What cannot be undone">
          <div className="divide-y divide-line">
            <Row
              title="Purge"
              text={`Removes ${jobs} in every state but active, dead letters among them.`}
            >
              <Button look="danger" blocked={blocked} onClick={() => setAsking('purge')}>
                Purge…
              </Button>
            </Row>
            <Row title="Delete the queue" text="Removes its jobs, settings and metrics.">
              <Button look="danger" blocked={blocked} onClick={() => setAsking('delete')}>
                Delete…
              </Button>
            </Row>
          </div>
        </Card>
      )}
      <Purge open={asking === 'purge'} {...dialog} />
      <Delete open={asking === 'delete'} {...dialog} />
    </>
  );
}

function sumOf({ counts }: QueueDetail, states: readonly JobState[]): number {
  return states.reduce((sum, state) => sum + counts[state], 0);
}

interface AskProps {
  readonly open: boolean;
  readonly queue: QueueDetail;
  readonly isGone: boolean;
  readonly close: () => void;
}

function Purge({ open, queue, isGone, close }: AskProps) {
  const router = useRouter();
  const { name } = queue;
  const blocked = useBlocked();
  const { mutate, isPending, error } = useAction((answer) => {
    const id = operationOf(answer);
    if (id !== undefined) router.push(`/operations/${id}`);
  });
  const jobs = counted(sumOf(queue, PURGEABLE), 'job');
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={close}
      title={`Purge ${name}`}
      action={`Remove ${jobs}`}
      danger
      typeName={name}
      {...{ error, busy: isPending, blocked: isGone ? NO_MORE : blocked }}
      onConfirm={() =>
        mutate({ path: `${queuePath(name)}/purge`, body: { states: PURGEABLE, confirm: name } })
      }
    >
      {isGone ? <NothingLeft /> : `Removes ${jobs} permanently. Active jobs run to completion.`}
    </ConfirmDialog>
  );
}

function Delete({ open, queue, isGone, close }: AskProps) {
  const router = useRouter();
  const { name, counts } = queue;
  const blocked = useBlocked();
  const { mutate, isPending, isSuccess, error } = useAction(() => router.push('/queues'));
  // The one that we have deleted ourselves is left in a moment.
  const isGoneByOthers = isGone && !isPending && !isSuccess;
  const jobs = counted(
    Object.values(counts).reduce((sum, each) => sum + each, 0),
    'job',
  );
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={close}
      title={`Delete ${name}`}
      action="Delete the queue"
      danger
      typeName={name}
      {...{ error, busy: isPending || isSuccess, blocked: isGoneByOthers ? NO_MORE : blocked }}
      onConfirm={() => mutate({ method: 'DELETE', path: `${queuePath(name)}?force=true` })}
    >
      {isGoneByOthers ? (
        <NothingLeft />
      ) : (
        `The queue is removed with ${jobs}, its settings and its metrics. A new job creates it again, empty.`
      )}
    </ConfirmDialog>
  );
}

const NO_MORE = 'The queue no longer exists';

function NothingLeft() {
  return <GoneMeanwhile what="This queue">There is nothing left to remove.</GoneMeanwhile>;
}

interface RowProps {
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

function Row({ title, text, children }: RowProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3.5">
      <div className="min-w-0">
        <p className="text-[13px] font-medium">{title}</p>
        <p className="text-[13px] text-ink-2">{text}</p>
      </div>
      {children}
    </div>
  );
}
