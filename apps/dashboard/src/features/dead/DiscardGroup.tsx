'use client';

import { Trash2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { operationOf, useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import { queuePath } from '../../data/queues.ts';
import { useMay } from '../../data/session.tsx';
import { Button } from '../../design/Button.tsx';
import { ConfirmDialog } from '../../design/Dialog.tsx';
import { whole } from '../../design/format.ts';
import type { RequeueGroupProps } from './RequeueGroup.tsx';

/** Removes a whole group for good, in the background. */
export function DiscardGroup({ queue, group, count }: RequeueGroupProps) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const blocked = useBlocked();
  const { mutate, isPending, error } = useAction((answer) => {
    const id = operationOf(answer);
    if (id !== undefined) router.push(`/operations/${id}`);
  });
  if (!useMay()('jobs.delete')) return null;
  const jobs = `${whole(count)} ${count === 1 ? 'job' : 'jobs'}`;
  return (
    <>
      <Button icon={Trash2} blocked={blocked} onClick={() => setOpen(true)}>
        Discard all…
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={`Discard ${jobs}`}
        action={`Discard ${jobs}`}
        danger
        {...{ blocked, error, busy: isPending }}
        onConfirm={() =>
          mutate({ path: `${queuePath(queue)}/dead-letters/purge`, body: { filter: { group } } })
        }
      >
        All jobs of <bdi className="font-medium text-ink">{queue}</bdi> that died of this go for
        good, with payloads and histories. Those that die of it in the meantime too.
      </ConfirmDialog>
    </>
  );
}
