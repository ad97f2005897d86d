import type { Schedule } from '@relay/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { call, callText, type ReadWhileThere, unlessGone } from './api.ts';
import { rawFields } from './json-text.ts';
import { schedulePath, schedulesPath } from './paths.ts';
import { usePollMs } from './queues.ts';

/** How long after the last key a preview is asked for, in ms. */
const TYPED_MS = 250;

export interface SchedulePage {
  readonly items: readonly Schedule[];
  readonly nextCursor: string | null;
}

export interface LoadedSchedule {
  readonly schedule: Schedule;
  /** The answer as it came. */
  readonly text: string;
  /** Its job's payload as it came: numbers in it have all their digits. */
  readonly payload: string;
}

export function useSchedules(cursor: string | undefined) {
  const pollMs = usePollMs();
  return useQuery({
    queryKey: ['schedules', cursor],
    queryFn: ({ signal }) => call<SchedulePage>(schedulesPath(cursor), { signal }),
    refetchInterval: pollMs,
    placeholderData: keepPreviousData,
  });
}

export function useSchedule(id: string): ReadWhileThere<LoadedSchedule> {
  const pollMs = usePollMs();
  const query = useQuery({
    queryKey: ['schedule', id],
    queryFn: async ({ signal }): Promise<LoadedSchedule> => {
      const text = await callText(schedulePath(id), { signal });
      const job = rawFields(text).get('job') ?? '{}';
      const payload = rawFields(job).get('payload') ?? 'null';
      return { schedule: JSON.parse(text) as Schedule, text, payload };
    },
    refetchInterval: Math.min(pollMs, 2_000),
    structuralSharing: (known, read) =>
      (known as LoadedSchedule | undefined)?.text === (read as LoadedSchedule).text ? known : read,
  });
  return unlessGone(query);
}

/** The times of a schedule, as a request says them. */
export interface Times {
  readonly cron?: string;
  readonly timezone?: string;
  readonly everyMs?: number;
  readonly offsetMs?: number;
  readonly startAt?: string;
  readonly endAt?: string;
}

/** When a schedule with these times would fire; asked for once nobody types any more. */
export function usePreview(times: Times | undefined, count: number) {
  const settled = useSettled(times === undefined ? undefined : JSON.stringify({ ...times, count }));
  return useQuery({
    queryKey: ['preview', settled],
    enabled: settled !== undefined,
    queryFn: ({ signal }) =>
      call<{ runs: string[] }>('/v1/schedule-preview', {
        method: 'POST',
        text: settled ?? '',
        signal,
      }),
    retry: false,
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
}

function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), TYPED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
