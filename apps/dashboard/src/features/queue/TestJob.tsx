'use client';

import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useBlocked } from '../../data/connection.ts';
import { Button } from '../../design/Button.tsx';
import { EnqueueDialog } from '../job/EnqueueDialog.tsx';

/** Adds a job by hand, to see what becomes of it. */
export function TestJob({ queue }: { readonly queue: string }) {
  const [open, setOpen] = useState(false);
  const blocked = useBlocked();
  return (
    <>
      <Button icon={Plus} blocked={blocked} onClick={() => setOpen(true)}>
        Add a test job
      </Button>
      <EnqueueDialog
        open={open}
        onOpenChange={setOpen}
        title={`Add a test job to ${queue}`}
        queue={queue}
        payload="{}"
        note="A worker that takes from this queue runs it like any other."
      />
    </>
  );
}
