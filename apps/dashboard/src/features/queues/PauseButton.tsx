'use client';

import { Pause, Play } from 'lucide-react';
import { useBlocked } from '../../data/connection.ts';
import { usePause } from '../../data/queues.ts';
import { useMay } from '../../data/session.tsx';
import { Button } from '../../design/Button.tsx';

export interface PauseButtonProps {
  readonly queue: string;
  readonly paused: boolean;
  /** The icon alone. */
  readonly compact?: boolean;
}

/** Holds a queue's jobs back, and lets them go. Nothing is lost by it, so it does not ask. */
export function PauseButton({ queue, paused, compact = false }: PauseButtonProps) {
  const { mutate, isPending, error } = usePause(queue);
  const blocked = useBlocked();
  const may = useMay();
  const action = paused ? 'Resume' : 'Pause';
  if (!may('queues.operate')) return null;
  return (
    <>
      <Button
        look={compact ? 'quiet' : 'secondary'}
        icon={paused ? Play : Pause}
        iconOnly={compact}
        busy={isPending}
        blocked={blocked}
        aria-label={`${action} ${queue}`}
        title={error === null ? `${action} ${queue}` : `Not done: ${error.message}`}
        onClick={() => mutate(!paused)}
      >
        {compact ? undefined : action}
      </Button>
      {error !== null && (
        <span role="alert" className={compact ? 'sr-only' : 'text-[13px] text-bad'}>
          {action} failed: {error.message}
        </span>
      )}
    </>
  );
}
