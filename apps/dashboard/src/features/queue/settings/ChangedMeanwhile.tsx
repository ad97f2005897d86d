import type { QueueConfig } from '@relay/contract';
import { Users } from 'lucide-react';
import { Button } from '../../../design/Button.tsx';
import { between } from './change.ts';
import { DifferenceTable } from './DifferenceTable.tsx';

export interface ChangedMeanwhileProps {
  readonly before: QueueConfig;
  readonly after: QueueConfig;
  readonly onSeen: () => void;
}

/** Tells the second of two operators what the first has changed; what was typed stays. */
export function ChangedMeanwhile({ before, after, onSeen }: ChangedMeanwhileProps) {
  return (
    <section
      role="alert"
      aria-label="Changed by somebody else"
      className="rounded-xl border border-warn/30 bg-warn-soft px-4 py-3 text-[13px]"
    >
      <div className="flex flex-wrap items-center gap-2">
        <Users aria-hidden className="size-4 shrink-0 text-warn" />
        <p className="min-w-0 flex-1">
          <strong className="font-semibold text-warn">
            Somebody else has changed these settings since you began.
          </strong>{' '}
          What you typed is still here; the other fields show what is stored now.
        </p>
        <Button onClick={onSeen}>I have seen it</Button>
      </div>
      <div className="mt-2">
        <DifferenceTable caption="What was changed" rows={between(before, after)} />
      </div>
    </section>
  );
}
