'use client';

import { ClockAlert } from 'lucide-react';
import { TimeAgo } from '../../design/TimeAgo.tsx';
import { zoned } from './times.ts';

export interface RunsPreviewProps {
  readonly label: string;
  readonly runs: readonly string[];
  readonly timezone: string;
}

/** Times of runs as the clocks of the zone show them, and where those clocks change in between. */
export function RunsPreview({ label, runs, timezone }: RunsPreviewProps) {
  const times = runs.map((run) => ({ run, ...zoned(Date.parse(run), timezone) }));
  return (
    <ol aria-label={label} className="px-4 pb-3 text-[13px]">
      {times.map(({ run, text, offset }, index) => {
        const before = times[index - 1]?.offset;
        const changed = before !== undefined && before !== offset;
        return (
          <li key={run} className="border-t border-line py-1.5 first:border-t-0">
            {changed && (
              <span className="mb-1 flex items-center gap-1.5 text-xs text-warn">
                <ClockAlert aria-hidden className="size-3.5" />
                Clocks change: {before} becomes {offset}
              </span>
            )}
            <span className="flex flex-wrap items-baseline justify-between gap-x-3 tabular-nums">
              <span>
                {text}
                {timezone !== 'UTC' && <span className="text-xs text-ink-3"> {offset}</span>}
              </span>
              <span className="text-ink-2">
                <TimeAgo at={run} />
              </span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
