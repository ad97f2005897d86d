'use client';

import { useState } from 'react';
import { useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import type { LoadedJob } from '../../data/jobs.ts';
import { indented } from '../../data/json-text.ts';
import { queuePath } from '../../data/paths.ts';
import { Button } from '../../design/Button.tsx';
import { Dialog, DialogEnd } from '../../design/Dialog.tsx';
import { GoneMeanwhile } from '../../design/GoneMeanwhile.tsx';
import { JsonField, jsonHint } from '../../design/JsonField.tsx';

export interface RequeueDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly loaded: LoadedJob;
  /** The job has been deleted in the meantime: what was typed stays. */
  readonly gone: boolean;
}

/** Sends a dead job back with another payload. What is typed is sent as it stands. */
export function RequeueDialog({ open, onOpenChange, ...rest }: RequeueDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Edit the payload and requeue" wide>
      <Editor {...rest} close={() => onOpenChange(false)} />
    </Dialog>
  );
}

type EditorProps = Pick<RequeueDialogProps, 'loaded' | 'gone'> & { readonly close: () => void };

function Editor({ loaded: { job, raw }, gone, close }: EditorProps) {
  const [text, setText] = useState(() => indented(raw.get('payload') ?? 'null'));
  const blocked = useBlocked();
  const { mutate, isPending, error } = useAction(close);
  const path = `${queuePath(job.queue)}/dead-letters/${encodeURIComponent(job.id)}/requeue`;
  return (
    <>
      {gone && (
        <div className="mb-4">
          <GoneMeanwhile what="This job">
            It can no longer be requeued. What you typed is still here: copy it into a new job.
          </GoneMeanwhile>
        </div>
      )}
      <JsonField
        label="Payload"
        hint={gone ? undefined : 'The job becomes ready immediately, with its attempts reset.'}
        value={text}
        onChange={setText}
        rows={14}
      />
      <DialogEnd error={error} onCancel={close}>
        <Button
          look="primary"
          busy={isPending}
          blocked={gone ? 'The job no longer exists' : (blocked ?? jsonHint(text))}
          onClick={() => mutate({ path, text: `{"payload":${text}}` })}
        >
          Requeue with this payload
        </Button>
      </DialogEnd>
    </>
  );
}
