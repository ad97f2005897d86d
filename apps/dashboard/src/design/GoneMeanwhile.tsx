import { FileX } from 'lucide-react';
import type { ReactNode } from 'react';

export interface GoneMeanwhileProps {
  /** What is no more, for instance `This queue`. */
  readonly what: string;
  /** What has become of what was typed, and what can be done with it. */
  readonly children: ReactNode;
}

/** Tells who is still typing that others have deleted what it is about; what was typed stays. */
export function GoneMeanwhile({ what, children }: GoneMeanwhileProps) {
  return (
    <section
      role="alert"
      aria-label="Deleted meanwhile"
      className="flex items-start gap-2 rounded-xl border border-warn/30 bg-warn-soft px-4 py-3 text-[13px]"
    >
      <FileX aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
      <p className="min-w-0">
        <strong className="font-semibold text-warn">{what} has been deleted meanwhile.</strong>{' '}
        {children}
      </p>
    </section>
  );
}
