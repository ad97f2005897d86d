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
import { whole } from '../../design/format.ts';
import { EmptyState } from '../../design/states.tsx';
import { Card } from '../../design/Tile.tsx';

const PURGEABLE = [
  'scheduled',
  'ready',
  'completed',
  'dead',
  'cancelled',
] as const satisfies JobState[];

/** What cannot be taken back. */
export function DangerTab({ queue }: { readonly queue: QueueDetail }) {
  const may = useMay();
  if (!may('queues.delete')) {
    return <EmptyState icon={ShieldX} title="Your role does not allow any of this" />;
  }
  return (
    <Card title="What cannot be taken back">
      <div className="divide-y divide-line">
        <Purge queue={queue} />
        <Delete queue={queue} />
      </div>
    </Card>
  );
}

function Purge({ queue: { name, counts } }: { readonly queue: QueueDetail }) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const blocked = useBlocked();
  const count = PURGEABLE.reduce((sum, state) => sum + counts[state], 0);
  const { mutate, isPending, error } = useAction((answer) => {
    const id = operationOf(answer);
    if (id !== undefined) router.push(`/operations/${id}`);
  });
  return (
    <Row
      title="Purge"
      text={`Removes ${whole(count)} jobs in every state but active, dead letters among them.`}
    >
      <Button look="danger" blocked={blocked} onClick={() => setOpen(true)}>
        Purge…
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={`Purge ${name}`}
        action={`Remove ${whole(count)} jobs`}
        danger
        typeName={name}
        {...{ blocked, error, busy: isPending }}
        onConfirm={() =>
          mutate({ path: `${queuePath(name)}/purge`, body: { states: PURGEABLE, confirm: name } })
        }
      >
        {whole(count)} jobs are removed for good. Active ones run to their end.
      </ConfirmDialog>
    </Row>
  );
}

function Delete({ queue: { name, counts } }: { readonly queue: QueueDetail }) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const blocked = useBlocked();
  const { mutate, isPending, error } = useAction(() => router.push('/queues'));
  const count = Object.values(counts).reduce((sum, each) => sum + each, 0);
  return (
    <Row title="Delete the queue" text="Removes its jobs, its settings and its figures.">
      <Button look="danger" blocked={blocked} onClick={() => setOpen(true)}>
        Delete…
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={`Delete ${name}`}
        action="Delete the queue"
        danger
        typeName={name}
        {...{ blocked, error, busy: isPending }}
        onConfirm={() => mutate({ method: 'DELETE', path: `${queuePath(name)}?force=true` })}
      >
        The queue goes with {whole(count)} jobs, its settings and its figures. A new job brings it
        back empty.
      </ConfirmDialog>
    </Row>
  );
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
