'use client';

import { useSyncExternalStore } from 'react';
import { exact, relative } from './format.ts';

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = 0;

/** One timer for every time on the page. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, moving on once a second; undefined on the server, which has another clock. */
function useNow(): number | undefined {
  return useSyncExternalStore(
    subscribe,
    () => {
      if (timer === undefined || now === 0) now = Date.now();
      return now;
    },
    () => undefined,
  );
}

/** A time as a distance, with the exact one on hover. */
export function TimeAgo({ at }: { readonly at: string | number }) {
  const current = useNow();
  const time = typeof at === 'number' ? at : Date.parse(at);
  return (
    <time
      dateTime={new Date(time).toISOString()}
      title={current === undefined ? undefined : exact(time)}
      className="whitespace-nowrap tabular-nums"
    >
      {current === undefined ? '…' : relative(time, current)}
    </time>
  );
}
