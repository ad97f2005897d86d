'use client';

import { useId, useState } from 'react';
import { useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import type { LoadedJob } from '../../data/jobs.ts';
import { indented, jsonFault } from '../../data/json-text.ts';
import { queuePath } from '../../data/queues.ts';
import { Button } from '../../design/Button.tsx';
import { Dialog } from '../../design/Dialog.tsx';

export interface RequeueDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly loaded: LoadedJob;
}

/** Sends a dead job back with another payload. What is typed is sent as it stands. */
export function RequeueDialog({ open, onOpenChange, loaded }: RequeueDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Edit the payload and requeue" wide>
      <Editor loaded={loaded} close={() => onOpenChange(false)} />
    </Dialog>
  );
}

function Editor({ loaded: { job, raw }, close }: { loaded: LoadedJob; close: () => void }) {
  const field = useId();
  const [text, setText] = useState(() => indented(raw.get('payload') ?? 'null'));
  const blocked = useBlocked();
  const { mutate, isPending, error } = useAction(close);
  const fault = jsonFault(text);
  const path = `${queuePath(job.queue)}/dead-letters/${encodeURIComponent(job.id)}/requeue`;
  return (
    <>
      <label htmlFor={field} className="text-[13px] text-ink-2">
        The job becomes ready at once, its attempts counted from the beginning.
      </label>
      <textarea
        id={field}
        aria-label="Payload"
        value={text}
        onChange={(event) => setText(event.target.value)}
        spellCheck={false}
        rows={14}
        className="mt-2 w-full rounded-md border border-line-strong bg-canvas p-3 font-mono text-xs leading-5"
      />
      <p role="status" className="min-h-5 text-xs text-bad">
        {fault === undefined ? error?.message : `This is no JSON: ${fault}`}
      </p>
      <div className="mt-3 flex justify-end gap-2">
        <Button onClick={close}>Cancel</Button>
        <Button
          look="primary"
          busy={isPending}
          blocked={blocked ?? (fault === undefined ? undefined : 'This is no JSON')}
          onClick={() => mutate({ path, text: `{"payload":${text}}` })}
        >
          Requeue with this payload
        </Button>
      </div>
    </>
  );
}
