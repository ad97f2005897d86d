import type { Overview } from '@relay/contract';

/** A ready job this old, in ms, is worth a look; younger ones are the normal course of things. */
export const OLD_MS = 60_000;
/** The gateway names no more queues for one reason. */
export const MOST_NAMED = 10;
/** Reapers and promoters tell of themselves every few seconds. */
const SILENT_MS = 30_000;

export interface Finding {
  readonly text: string;
  readonly severity: 'bad' | 'warn';
}

/** What is not as it should be, the worst first; nothing: all is well. */
export function findings({ attention, loops, at, redis }: Overview): Finding[] {
  const found: Finding[] = [];
  const add = (severity: Finding['severity'], text: string) => found.push({ severity, text });
  if (loops.lastSeenAt === null) {
    add('bad', 'no reaper-promoter runs: scheduled jobs and crashed ones do not move');
  } else if (Date.parse(at) - Date.parse(loops.lastSeenAt) > SILENT_MS) {
    add('bad', 'the reaper-promoter has fallen silent');
  }
  if (redis.evictionPolicy !== null && redis.evictionPolicy !== 'noeviction') {
    add('bad', `Redis may evict jobs (${redis.evictionPolicy})`);
  }
  const without = attention.withoutWorkers.length;
  if (without > 0) add('bad', `${queues(without)} with jobs but no worker`);
  const growing = attention.deadGrowing.length;
  if (growing > 0) add('warn', `dead letters grow in ${queues(growing)}`);
  const old = attention.oldest.filter(({ oldestReadyMs }) => oldestReadyMs > OLD_MS).length;
  if (old > 0) add('warn', `jobs wait for more than a minute in ${queues(old)}`);
  const paused = attention.pausedWithBacklog.length;
  if (paused > 0) add('warn', `${queues(paused)} paused with jobs waiting`);
  return found;
}

function queues(count: number): string {
  if (count >= MOST_NAMED) return `${MOST_NAMED} queues or more`;
  return count === 1 ? 'one queue' : `${count} queues`;
}
