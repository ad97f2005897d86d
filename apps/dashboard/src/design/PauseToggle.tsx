'use client';

import { Pause, Play, TriangleAlert } from 'lucide-react';
import { useBlocked } from '../data/connection.ts';
import { useMay } from '../data/session.tsx';
import { Button } from './Button.tsx';

export interface PauseToggleProps {
  /** Of what is paused. */
  readonly name: string;
  readonly paused: boolean;
  /** The icon alone. */
  readonly compact: boolean;
  /** How the change goes. */
  readonly change: { readonly isPending: boolean; readonly error: Error | null };
  readonly onToggle: () => void;
}

/** Pauses and resumes something by which nothing is lost, so it does not ask. For operators. */
export function PauseToggle({ name, paused, compact, change, onToggle }: PauseToggleProps) {
  const { isPending, error } = change;
  const blocked = useBlocked();
  const may = useMay();
  const action = paused ? 'Resume' : 'Pause';
  if (!may('queues.operate')) return null;
  return (
    <>
      <Button
        look={compact ? 'quiet' : 'secondary'}
        icon={compact && error !== null ? TriangleAlert : paused ? Play : Pause}
        iconOnly={compact}
        busy={isPending}
        blocked={blocked}
        aria-label={`${action} ${name}`}
        title={error === null ? `${action} ${name}` : `Not done: ${error.message}`}
        onClick={onToggle}
        className={compact && error !== null ? 'text-bad' : ''}
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
