'use client';

import type { Permission } from '@relay/contract';
import { type LucideIcon, RotateCcw, Trash2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import { operationOf, useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import { queuePath } from '../../data/paths.ts';
import { useMay } from '../../data/session.tsx';
import { Button } from '../../design/Button.tsx';
import { ConfirmDialog } from '../../design/Dialog.tsx';
import { counted } from '../../design/format.ts';

export interface GroupProps {
  readonly queue: string;
  readonly group: string;
  readonly count: number;
}

/** Sends a whole group back, in the background. */
export function RequeueGroup(props: GroupProps) {
  return (
    <GroupAction
      {...props}
      permission="jobs.operate"
      icon={RotateCcw}
      label="Requeue all"
      verb="Requeue"
      path="requeue"
      danger={false}
    >
      become ready, their attempts counted from the beginning
    </GroupAction>
  );
}

/** Removes a whole group for good, in the background. */
export function DiscardGroup(props: GroupProps) {
  return (
    <GroupAction
      {...props}
      permission="jobs.delete"
      icon={Trash2}
      label="Discard all…"
      verb="Discard"
      path="purge"
      danger
    >
      go for good, with payloads and histories
    </GroupAction>
  );
}

interface GroupActionProps extends GroupProps {
  readonly permission: Permission;
  readonly icon: LucideIcon;
  readonly label: string;
  readonly verb: string;
  /** Of the call, below the dead letters of the queue. */
  readonly path: 'requeue' | 'purge';
  readonly danger: boolean;
  /** What becomes of the jobs. */
  readonly children: ReactNode;
}

function GroupAction({ queue, group, count, children, ...action }: GroupActionProps) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const blocked = useBlocked();
  const { mutate, isPending, error } = useAction((answer) => {
    const id = operationOf(answer);
    if (id !== undefined) router.push(`/operations/${id}`);
  });
  if (!useMay()(action.permission)) return null;
  const title = `${action.verb} ${counted(count, 'job')}`;
  const path = `${queuePath(queue)}/dead-letters/${action.path}`;
  return (
    <>
      <Button icon={action.icon} blocked={blocked} onClick={() => setOpen(true)}>
        {action.label}
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={title}
        action={title}
        danger={action.danger}
        {...{ blocked, error, busy: isPending }}
        onConfirm={() => mutate({ path, body: { filter: { group } } })}
      >
        All jobs of <bdi className="font-medium text-ink">{queue}</bdi> that died of this {children}
        . Those that die of it in the meantime too.
      </ConfirmDialog>
    </>
  );
}
