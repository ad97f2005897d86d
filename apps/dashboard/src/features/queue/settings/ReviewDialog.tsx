'use client';

import type { QueueDetail } from '@relay/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useAction } from '../../../data/actions.ts';
import { ApiError } from '../../../data/api.ts';
import { queuePath } from '../../../data/paths.ts';
import { ConfirmDialog } from '../../../design/Dialog.tsx';
import { DifferenceTable } from '../../../design/DifferenceTable.tsx';
import { differences, type Edits, patchOf } from './change.ts';

export interface ReviewDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly queue: QueueDetail;
  readonly edits: Edits;
  /** Why nothing can be saved now; undefined: it can. */
  readonly blocked: string | undefined;
  readonly onSaved: () => void;
}

/**
 * Shows what will be another, and saves it: for the settings as they are shown, and for no others.
 * When somebody was faster, nothing is written and the comparison is drawn anew.
 */
export function ReviewDialog(props: ReviewDialogProps) {
  const { open, onOpenChange, queue, edits, blocked, onSaved } = props;
  const { name, config } = queue;
  const client = useQueryClient();
  const { mutate, isPending, error, reset } = useAction((answer) => {
    client.setQueryData(['queue', name], JSON.parse(answer) as QueueDetail);
    onSaved();
  });
  const rows = differences(config, edits);
  const save = () =>
    mutate(
      {
        method: 'PATCH',
        path: queuePath(name),
        body: { ...patchOf(config, edits), ifRevision: config.revision },
      },
      {
        onError: (failure) => {
          if (isMismatch(failure)) void client.invalidateQueries({ queryKey: ['queue', name] });
        },
      },
    );
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => {
        reset();
        onOpenChange(next);
      }}
      title={`Change settings of ${name}`}
      action="Save changes"
      busy={isPending}
      blocked={blocked ?? (rows.length === 0 ? 'No changes left to save' : undefined)}
      error={error !== null && isMismatch(error) ? FASTER : error}
      onConfirm={save}
    >
      <p className="mb-2">In force at the next claim. Jobs that run are not touched.</p>
      <DifferenceTable caption="Changes to save" rows={rows} />
    </ConfirmDialog>
  );
}

const FASTER = new Error(
  'Somebody else changed these settings in the meantime, so nothing was saved. ' +
    'Your changes, compared with theirs, are shown above: review them, and save again.',
);

function isMismatch(error: Error): boolean {
  return error instanceof ApiError && error.code === 'revision-mismatch';
}
