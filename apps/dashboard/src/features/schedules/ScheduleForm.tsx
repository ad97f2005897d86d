'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useAction } from '../../data/actions.ts';
import { ApiError } from '../../data/api.ts';
import { useBlocked } from '../../data/connection.ts';
import { schedulePath } from '../../data/paths.ts';
import { type LoadedSchedule, usePreview } from '../../data/schedules.ts';
import { Button, ButtonLink } from '../../design/Button.tsx';
import { ChangedMeanwhile } from '../../design/ChangedMeanwhile.tsx';
import { GoneMeanwhile } from '../../design/GoneMeanwhile.tsx';
import { JsonField } from '../../design/JsonField.tsx';
import { Card } from '../../design/Tile.tsx';
import { differences } from './differences.ts';
import { Chosen, Line } from './fields.tsx';
import {
  BLANK,
  type Faults,
  faultsOf,
  POINTERS,
  requestText,
  type Typed,
  timesTyped,
  typedOf,
} from './form.ts';
import { PreviewCards } from './PreviewCards.tsx';
import { TimesFields } from './TimesFields.tsx';

const RUNS = 8;
const MISSED = [
  { value: 'last', label: 'Run once' },
  { value: 'skip', label: 'Skip them' },
  { value: 'all', label: 'Run them all' },
];
const OVERLAP = [
  { value: 'allow', label: 'Run anyway' },
  { value: 'skip', label: 'Skip it' },
  { value: 'queue', label: 'Run it afterwards' },
];

export interface ScheduleFormProps {
  /** The schedule that is to be another; without it, a new one is made. */
  readonly loaded?: LoadedSchedule;
  /** It has been deleted in the meantime: what is typed can be made a schedule of its name again. */
  readonly gone?: boolean;
}

/** A new schedule, or another definition of one; shows when it would fire while it is typed. */
export function ScheduleForm({ loaded, gone = false }: ScheduleFormProps) {
  const router = useRouter();
  const [typed, setTyped] = useState<Typed>(() => (loaded ? typedOf(loaded) : BLANK));
  /** The definition that is being changed: what is saved replaces this one, and no other. */
  const [seen, setSeen] = useState(loaded);
  const [tried, setTried] = useState(false);
  const client = useQueryClient();
  const blocked = useBlocked();
  const { mutate, isPending, isSuccess, error, reset } = useAction((_, { path }) =>
    router.push(pageOf(path)),
  );
  const [taken, setTaken] = useState<string>();
  const preview = usePreview(timesTyped(typed), RUNS);
  const own = faultsOf(typed);
  const wrong = Object.values(own).some((fault) => fault !== undefined);
  const faults: Faults = {
    ...told(preview.error),
    ...told(error),
    ...(taken === typed.id ? { id: 'A schedule with this name exists' } : {}),
    ...(tried ? noted(own) : noted({ ...own, id: undefined, queue: undefined })),
  };
  // What is being saved, or was, is our own change.
  const changedByOthers =
    !isPending && !isSuccess && loaded?.schedule.revision !== seen?.schedule.revision;
  const change = (part: Partial<Typed>) => setTyped({ ...typed, ...part });
  return (
    <form
      className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (wrong || blocked !== undefined || isPending) return;
        mutate(
          {
            method: 'PUT',
            path: schedulePath(typed.id),
            text: requestText(typed, seen?.schedule, { anew: gone || seen === undefined }),
          },
          {
            onError: (failure) => {
              if (!isMismatch(failure)) return;
              if (seen === undefined) setTaken(typed.id);
              else void client.invalidateQueries({ queryKey: ['schedule', typed.id] });
            },
          },
        );
      }}
    >
      <div className="min-w-0 space-y-4">
        {gone && !isPending && !isSuccess && (
          <GoneMeanwhile what="This schedule">
            It no longer runs. What you typed is still here: create it again, or cancel.
          </GoneMeanwhile>
        )}
        {loaded && seen && changedByOthers && (
          <ChangedMeanwhile
            what="this schedule"
            note="What you typed is still here; none of it was saved."
            rows={differences(seen, loaded)}
          >
            <Button
              onClick={() => {
                setTyped(typedOf(loaded));
                setSeen(loaded);
                reset();
              }}
            >
              Take theirs
            </Button>
            <Button
              onClick={() => {
                setSeen(loaded);
                reset();
              }}
            >
              Keep mine
            </Button>
          </ChangedMeanwhile>
        )}
        <Card title="When">
          <div className="space-y-3.5 px-4 pt-1 pb-4">
            {loaded === undefined && (
              <Line
                field="id"
                label="Name"
                hint="For example nightly-report"
                {...{ typed, faults, change }}
              />
            )}
            <TimesFields {...{ typed, faults, change }} />
            <div className="grid gap-3.5 sm:grid-cols-2">
              <Chosen
                field="missed"
                label="When runs were missed"
                options={MISSED}
                {...{ typed, change }}
              />
              <Chosen
                field="overlap"
                label="While the last one runs"
                options={OVERLAP}
                {...{ typed, change }}
              />
            </div>
          </div>
        </Card>
        <Card title="What">
          <div className="space-y-3.5 px-4 pt-1 pb-4">
            <div className="grid gap-3.5 sm:grid-cols-2">
              <Line field="queue" label="Queue" {...{ typed, faults, change }} />
              <Line field="type" label="Type" {...{ typed, faults, change }} />
            </div>
            <JsonField
              label="Payload"
              value={typed.payload}
              onChange={(payload) => change({ payload })}
              rows={8}
            />
            <label className="flex items-center gap-2.5 text-[13px]">
              <input
                type="checkbox"
                checked={typed.paused}
                onChange={(event) => change({ paused: event.target.checked })}
                className="size-3.5 accent-accent-fill"
              />
              Paused: it does not run until it is resumed
            </label>
          </div>
        </Card>
        {error !== null && !(seen === undefined && isMismatch(error)) && (
          <p role="alert" className="text-[13px] text-bad">
            {error.message}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <ButtonLink href={loaded ? pageOf(schedulePath(typed.id)) : '/schedules'}>
            Cancel
          </ButtonLink>
          <Button
            type="submit"
            look="primary"
            busy={isPending}
            blocked={blocked ?? (tried && wrong ? 'A field is invalid' : undefined)}
          >
            {gone
              ? 'Create the schedule again'
              : loaded
                ? 'Save the schedule'
                : 'Create the schedule'}
          </Button>
        </div>
      </div>
      <PreviewCards typed={typed} runs={preview.error === null ? preview.data?.runs : undefined} />
    </form>
  );
}

/** `/v1/schedules/x` → `/schedules/x`. */
function pageOf(path: string): string {
  return path.replace('/v1/', '/');
}

/** Only what is wrong, so that what others say of a field stays. */
function noted(faults: Faults): Faults {
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== undefined));
}

function isMismatch(error: Error): boolean {
  return error instanceof ApiError && error.code === 'revision-mismatch';
}

/** What the gateway says of fields. */
function told(error: Error | null): Faults {
  if (!(error instanceof ApiError)) return {};
  const known = [...error.faults].flatMap(([pointer, detail]) => {
    const field = POINTERS[pointer];
    return field === undefined ? [] : [[field, detail] as const];
  });
  return Object.fromEntries(known);
}
