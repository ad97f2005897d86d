'use client';

import { usePause } from '../../data/queues.ts';
import { PauseToggle } from '../../design/PauseToggle.tsx';

export interface PauseButtonProps {
  readonly queue: string;
  readonly paused: boolean;
  /** The icon alone. */
  readonly compact?: boolean;
}

/** Holds a queue's jobs back, and lets them go. */
export function PauseButton({ queue, paused, compact = false }: PauseButtonProps) {
  const pause = usePause(queue);
  return (
    <PauseToggle
      {...{ name: queue, paused, compact }}
      change={pause}
      onToggle={() => pause.mutate(!paused)}
    />
  );
}
