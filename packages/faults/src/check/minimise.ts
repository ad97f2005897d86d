import type { RunEvent } from '../history/events.ts';
import type { Evidence, KeptJob } from './evidence.ts';

const JOB_ID = /\b[0-9A-Za-z]{20}\b/g;

/** What is left of a history when only the jobs that its breaches name are looked at. */
export interface Excerpt {
  readonly breaches: readonly string[];
  readonly jobs: readonly KeptJob[];
  /** In the order of their times: theirs, and what was broken meanwhile. */
  readonly events: readonly RunEvent[];
}

/** The smallest history that still shows a breach: mostly a few lines of some ten thousand. */
export function excerptOf(evidence: Evidence, breaches: readonly string[]): Excerpt {
  const ids = new Set(breaches.flatMap((line) => line.match(JOB_ID) ?? []));
  const calls = new Set<number>();
  const runs = new Set<string>();
  for (const event of evidence.events) {
    if (!('id' in event) || !ids.has(event.id)) continue;
    if ('n' in event) calls.add(event.n);
    if ('run' in event) runs.add(event.run);
  }
  const events = evidence.events.filter((event) => {
    if (event.e === 'fault' || event.e === 'heal') return true;
    if ('id' in event) return ids.has(event.id);
    if ('n' in event) return calls.has(event.n);
    return 'run' in event && runs.has(event.run);
  });
  const jobs = [...ids].flatMap((id) => evidence.jobs.get(id) ?? []);
  return { breaches, jobs, events };
}
