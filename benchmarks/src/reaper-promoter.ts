import { fileURLToPath } from 'node:url';
import { type ManagedProcess, startProcess } from '@relay/testkit';

/** A reaper-promoter as a process of its own. */
export function startReaperPromoter(redisUrl: string): Promise<ManagedProcess> {
  return startProcess({
    entry: fileURLToPath(new URL('../../apps/reaper-promoter/src/main.ts', import.meta.url)),
    env: { REDIS_URL: redisUrl, PORT: '0', LOG_LEVEL: 'info' },
    readyPattern: /"ready: /,
  });
}

/** The value below which the part `share` of all lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
