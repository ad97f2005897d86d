'use client';

import { useId } from 'react';
import { type FieldsProps, Line } from './fields.tsx';

const KINDS = [
  { id: 'cron', label: 'Cron expression' },
  { id: 'every', label: 'Interval' },
] as const;

/** When a schedule fires. */
export function TimesFields(props: FieldsProps) {
  const { typed, change } = props;
  const zones = useId();
  return (
    <>
      <fieldset className="flex w-fit rounded-md border border-line-strong bg-field p-0.5">
        <legend className="sr-only">Kind of times</legend>
        {KINDS.map(({ id, label }) => (
          <button
            key={id}
            type="button"
            aria-pressed={typed.kind === id}
            onClick={() => change({ kind: id })}
            className="h-7 rounded px-3 text-[13px] text-ink-2 hover:text-ink aria-pressed:bg-raised aria-pressed:font-medium aria-pressed:text-ink"
          >
            {label}
          </button>
        ))}
      </fieldset>
      {typed.kind === 'cron' ? (
        <div className="grid gap-3.5 sm:grid-cols-2">
          <Line
            field="cron"
            label="Cron expression"
            hint="Minute, hour, day, month, weekday; seconds first if six"
            mono
            {...props}
          />
          <Line
            field="timezone"
            label="Time zone"
            hint="For example Europe/Berlin"
            list={zones}
            {...props}
          />
          <datalist id={zones}>
            {Intl.supportedValuesOf('timeZone').map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </div>
      ) : (
        <div className="grid gap-3.5 sm:grid-cols-2">
          <Line field="every" label="Every" hint="For example 90s, 10m or 1d" {...props} />
          <Line field="offset" label="Offset" hint="From whole multiples since 1970" {...props} />
        </div>
      )}
      <div className="grid gap-3.5 sm:grid-cols-3">
        <Line field="startAt" label="From" hint="Empty: from now on" {...props} />
        <Line field="endAt" label="Until" hint="Empty: no end" {...props} />
        <Line field="limit" label="Maximum runs" hint="Empty: any number" {...props} />
      </div>
    </>
  );
}
