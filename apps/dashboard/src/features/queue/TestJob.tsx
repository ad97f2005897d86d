'use client';

import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useBlocked } from '../../data/connection.ts';
import { Button } from '../../design/Button.tsx';
import { GoneMeanwhile } from '../../design/GoneMeanwhile.tsx';
import { EnqueueDialog } from '../job/EnqueueDialog.tsx';

export interface TestJobProps {
  readonly queue: string;
  /** The queue has been deleted: only a form that is open already goes on. */
  readonly gone: boolean;
}

/** Adds a job by hand, to see what becomes of it. */
export function TestJob({ queue, gone }: TestJobProps) {
  const [open, setOpen] = useState(false);
  const blocked = useBlocked();
  return (
    <>
      {!gone && (
        <Button icon={Plus} blocked={blocked} onClick={() => setOpen(true)}>
          Add a test job
        </Button>
      )}
      <EnqueueDialog
        open={open}
        onOpenChange={setOpen}
        title={`Add a test job to ${queue}`}
        queue={queue}
        payload="{}"
        warning={
          gone && (
            <GoneMeanwhile what="This queue">
              What you typed is still here: the job would make the queue anew, with the settings of
              a new one.
            </GoneMeanwhile>
          )
        }
        note="A worker that serves this queue runs it like any other job."
      />
    </>
  );
}
