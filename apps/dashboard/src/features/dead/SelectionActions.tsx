'use client';

import { RotateCcw, Trash2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { operationOf, useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import { queuePath } from '../../data/paths.ts';
import { Allowed } from '../../data/session.tsx';
import { Button } from '../../design/Button.tsx';
import { ConfirmDialog } from '../../design/Dialog.tsx';
import { counted, whole } from '../../design/format.ts';

export interface SelectionActionsProps {
  readonly queue: string;
  readonly ids: readonly string[];
  readonly onDone: () => void;
}

/** Sends the chosen jobs back, or discards them, in the background. */
export function SelectionActions({ queue, ids, onDone }: SelectionActionsProps) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const blocked = useBlocked();
  const { mutate, isPending, error } = useAction((answer) => {
    onDone();
    const id = operationOf(answer);
    if (id !== undefined) router.push(`/operations/${id}`);
  });
  const act = (action: 'retry' | 'delete') =>
    mutate({
      path: `${queuePath(queue)}/jobs/actions`,
      body: { action, filter: { state: 'dead', ids } },
    });
  const jobs = counted(ids.length, 'job');
  return (
    <>
      {error !== null && !asking && (
        <span role="alert" className="text-[13px] text-bad">
          {error.message}
        </span>
      )}
      <Allowed to="jobs.delete">
        <Button icon={Trash2} blocked={blocked} onClick={() => setAsking(true)}>
          Discard {whole(ids.length)}…
        </Button>
      </Allowed>
      <Allowed to="jobs.operate">
        <Button
          look="primary"
          icon={RotateCcw}
          blocked={blocked}
          busy={isPending}
          onClick={() => act('retry')}
        >
          Requeue {whole(ids.length)}
        </Button>
      </Allowed>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Discard ${jobs}`}
        action={`Discard ${jobs}`}
        danger
        {...{ blocked, error, busy: isPending }}
        onConfirm={() => act('delete')}
      >
        {jobs} go for good, with payloads and histories.
      </ConfirmDialog>
    </>
  );
}
