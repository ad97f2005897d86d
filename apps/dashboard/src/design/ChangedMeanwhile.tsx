import { Users } from 'lucide-react';
import type { ReactNode } from 'react';
import { type Difference, DifferenceTable } from './DifferenceTable.tsx';

export interface ChangedMeanwhileProps {
  /** What was changed, for instance `these settings`. */
  readonly what: string;
  /** What has become of what was typed. */
  readonly note: string;
  readonly rows: readonly Difference[];
  /** What can be done about it. */
  readonly children: ReactNode;
}

/** Tells the second of two operators what the first has changed; what was typed stays. */
export function ChangedMeanwhile({ what, note, rows, children }: ChangedMeanwhileProps) {
  return (
    <section
      role="alert"
      aria-label="Changed by somebody else"
      className="rounded-xl border border-warn/30 bg-warn-soft px-4 py-3 text-[13px]"
    >
      <div className="flex flex-wrap items-center gap-2">
        <Users aria-hidden className="size-4 shrink-0 text-warn" />
        <p className="min-w-60 flex-1">
          <strong className="font-semibold text-warn">
            Somebody else has changed {what} since you began.
          </strong>{' '}
          {note}
        </p>
        {children}
      </div>
      <div className="mt-2">
        <DifferenceTable caption="What was changed" rows={rows} />
      </div>
    </section>
  );
}
