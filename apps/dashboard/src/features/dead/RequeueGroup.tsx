'use client';

import { RotateCcw } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { operationOf, useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import { queuePath } from '../../data/queues.ts';
import { useMay } from '../../data/session.tsx';
import { Button } from '../../design/Button.tsx';
import { ConfirmDialog } from '../../design/Dialog.tsx';
import { whole } from '../../design/format.ts';

export interface RequeueGroupProps {
  readonly queue: string;
  readonly group: string;
  readonly count: number;
}

/** Sends a whole group back, in the background. */
export function RequeueGroup({ queue, group, count }: RequeueGroupProps) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const blocked = useBlocked();
  const { mutate, isPending, error } = useAction((answer) => {
    const id = operationOf(answer);
    if (id !== undefined) router.push(`/operations/${id}`);
  });
  const may = useMay();
  const jobs = `${whole(count)} ${count === 1 ? 'job' : 'jobs'}`;
  if (!may('jobs.operate')) return null;
  return (
    <>
      <Button icon={RotateCcw} blocked={blocked} onClick={() => setOpen(true)}>
        Requeue all
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={`Requeue ${jobs}`}
        action={`Requeue ${jobs}`}
        {...{ blocked, error, busy: isPending }}
        onConfirm={() =>
          mutate({ path: `${queuePath(queue)}/dead-letters/requeue`, body: { filter: { group } } })
        }
      >
        All jobs of <bdi className="font-medium text-ink">{queue}</bdi> that died of this become
        ready, their attempts counted from the beginning. Those that die of it in the meantime too.
      </ConfirmDialog>
    </>
  );
}
