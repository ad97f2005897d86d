'use client';

import { useMemo } from 'react';
import { usePreview } from '../../data/schedules.ts';
import { Card } from '../../design/Tile.tsx';
import { type Typed, timesTyped } from './form.ts';
import { RunsPreview } from './RunsPreview.tsx';
import { isZone, nextClockChange, zoned } from './times.ts';

const DAY_MS = 86_400_000;
const RUNS_AROUND = 5;

export interface PreviewCardsProps {
  readonly typed: Typed;
  /** Undefined: the times cannot be read, or are being asked for. */
  readonly runs: readonly string[] | undefined;
}

/** When it would fire: next, and around the next change of clocks. */
export function PreviewCards({ typed, runs }: PreviewCardsProps) {
  const timezone = typed.kind === 'cron' && isZone(typed.timezone) ? typed.timezone : 'UTC';
  const change = useMemo(() => nextClockChange(timezone, Date.now()), [timezone]);
  const times = timesTyped(typed);
  const around = usePreview(
    change === undefined || times === undefined
      ? undefined
      : { ...times, startAt: new Date(change - DAY_MS).toISOString() },
    RUNS_AROUND,
  );
  return (
    <div className="min-w-0 space-y-4">
      <Card title="Would run" aside={<span className="text-xs text-ink-3">{timezone}</span>}>
        {runs === undefined && (
          <p className="px-4 pb-4 text-[13px] text-ink-2">Once its times can be read.</p>
        )}
        {runs?.length === 0 && (
          <p className="px-4 pb-4 text-[13px] text-ink-2">Never: there is no such time.</p>
        )}
        {runs !== undefined && <RunsPreview label="Next runs" runs={runs} timezone={timezone} />}
      </Card>
      {change !== undefined && runs !== undefined && around.data !== undefined && (
        <Card title="Around daylight saving changes">
          <p className="-mt-1 px-4 pb-2 text-xs text-ink-2">
            {zoned(change, timezone).text} {zoned(change, timezone).offset}
          </p>
          <RunsPreview
            label="Runs around daylight saving changes"
            runs={around.data.runs}
            timezone={timezone}
          />
        </Card>
      )}
    </div>
  );
}
