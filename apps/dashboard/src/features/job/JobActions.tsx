'use client';

import type { JobState } from '@relay/contract';
import { Ban, ChevronsUp, CopyPlus, Pencil, RotateCcw, Trash2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useAction } from '../../data/actions.ts';
import { useBlocked } from '../../data/connection.ts';
import type { LoadedJob } from '../../data/jobs.ts';
import { jobPath } from '../../data/paths.ts';
import { useMay } from '../../data/session.tsx';
import { Button } from '../../design/Button.tsx';
import { ConfirmDialog } from '../../design/Dialog.tsx';
import { CopyButton } from './CopyButton.tsx';
import { curlOf, othersOf } from './curl.ts';
import { EnqueueDialog } from './EnqueueDialog.tsx';
import { RequeueDialog } from './RequeueDialog.tsx';

const CANCELLABLE: readonly JobState[] = ['scheduled', 'ready', 'active'];

type Asking = 'cancel' | 'delete' | 'requeue' | 'clone' | undefined;

export interface JobActionsProps {
  readonly loaded: LoadedJob;
  /** The job has been deleted: only a form that is open already goes on. */
  readonly gone: boolean;
}

/** What can be done with a job in its state. */
export function JobActions({ loaded, gone }: JobActionsProps) {
  const { job } = loaded;
  const [asking, setAsking] = useState<Asking>();
  const path = jobPath(job.queue, job.id);
  return (
    <>
      {!gone && <Buttons loaded={loaded} ask={setAsking} />}
      <RequeueDialog
        open={asking === 'requeue'}
        onOpenChange={() => setAsking(undefined)}
        {...{ loaded, gone }}
      />
      <EnqueueDialog
        open={asking === 'clone'}
        onOpenChange={() => setAsking(undefined)}
        title="Clone into a new job"
        queue={job.queue}
        payload={loaded.raw.get('payload') ?? 'null'}
        type={job.type}
        priority={job.priority}
        others={othersOf(loaded)}
        note="Attempts, backoff, time limits and headers are copied; the idempotency key is not."
      />
      <Ask asking={asking} state={job.state} path={path} close={() => setAsking(undefined)} />
    </>
  );
}

interface ButtonsProps {
  readonly loaded: LoadedJob;
  readonly ask: (what: Asking) => void;
}

function Buttons({ loaded, ask }: ButtonsProps) {
  const { job } = loaded;
  const blocked = useBlocked();
  const may = useMay();
  const path = jobPath(job.queue, job.id);
  const { mutate, isPending, error } = useAction();
  return (
    <>
      {error !== null && (
        <span role="alert" className="text-[13px] text-bad">
          {error.message}
        </span>
      )}
      <CopyButton
        label="curl"
        title="Copy as a curl command that enqueues the same job"
        text={() => curlOf(loaded)}
      />
      {may('jobs.enqueue') && (
        <Button icon={CopyPlus} blocked={blocked} onClick={() => ask('clone')}>
          Clone
        </Button>
      )}
      {job.state === 'dead' && may('jobs.operate') && (
        <>
          <Button icon={Pencil} blocked={blocked} onClick={() => ask('requeue')}>
            Edit and requeue
          </Button>
          <Button
            look="primary"
            icon={RotateCcw}
            busy={isPending}
            blocked={blocked}
            onClick={() => mutate({ path: `${path}/retry` })}
          >
            Requeue
          </Button>
        </>
      )}
      {job.state === 'scheduled' && may('jobs.operate') && (
        <Button
          icon={ChevronsUp}
          busy={isPending}
          blocked={blocked}
          onClick={() => mutate({ path: `${path}/promote` })}
        >
          Run now
        </Button>
      )}
      {CANCELLABLE.includes(job.state) && may('jobs.cancel') && (
        <Button icon={Ban} blocked={blocked} onClick={() => ask('cancel')}>
          Cancel…
        </Button>
      )}
      {job.state !== 'active' && may('jobs.delete') && (
        <Button icon={Trash2} blocked={blocked} onClick={() => ask('delete')}>
          Delete…
        </Button>
      )}
    </>
  );
}

interface AskProps {
  readonly asking: Asking;
  readonly state: JobState;
  readonly path: string;
  readonly close: () => void;
}

function Ask({ asking, state, path, close }: AskProps) {
  const router = useRouter();
  const blocked = useBlocked();
  const { mutate, isPending, error } = useAction((_, { method }) => {
    close();
    if (method === 'DELETE') router.back();
  });
  return (
    <>
      <ConfirmDialog
        open={asking === 'cancel'}
        onOpenChange={close}
        title="Cancel this job"
        action="Cancel the job"
        danger
        {...{ blocked, error, busy: isPending }}
        onConfirm={() => mutate({ path: `${path}/cancel` })}
      >
        {state === 'active'
          ? 'Its worker is told at its next heartbeat; until then it keeps running.'
          : 'It will not run. It stays in the list of cancelled jobs.'}
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'delete'}
        onOpenChange={close}
        title="Delete this job"
        action="Delete the job"
        danger
        {...{ blocked, error, busy: isPending }}
        onConfirm={() => mutate({ path, method: 'DELETE' })}
      >
        The job is removed permanently, with its payload and history.
      </ConfirmDialog>
    </>
  );
}
