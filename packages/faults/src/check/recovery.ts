import { monotonicMs } from '../history/events.ts';
import type { Evidence, KeptJob, Run } from './evidence.ts';

/** Between the clock of the machine, which is Redis's too, and that of the history. */
const CLOCK_OFFSET_MS = Date.now() - monotonicMs();

/** A delivery that was cut off by the end of its process, and when the job was run again. */
export interface Redelivery {
  readonly id: string;
  readonly run: Run;
  /** From the fault to the next start. Undefined: it was not run again. */
  readonly afterMs: number | undefined;
}

/** What became of the jobs that ran in processes which a fault of this kind hit, as `SIGKILL`. */
export function redeliveries({ events, runs, jobs }: Evidence, signal: string): Redelivery[] {
  const faults = events.flatMap((event) =>
    event.e === 'fault' && event.what.startsWith(signal) && event.pid !== undefined ? [event] : [],
  );
  const found: Redelivery[] = [];
  for (const [id, list] of runs) {
    for (const run of list) {
      const { start, end } = run;
      const hit = faults.find(
        ({ pid, t }) =>
          pid === start.pid && start.t < t && (end?.t ?? Number.POSITIVE_INFINITY) > t,
      );
      if (hit === undefined) continue;
      const next = list.find((other) => other.start.t > hit.t && other !== run);
      const claimed = claimedAgain(jobs.get(id), run);
      const at = claimed === undefined ? next?.start.t : claimed - CLOCK_OFFSET_MS;
      found.push({ id, run, afterMs: at && Math.max(0, at - hit.t) });
    }
  }
  return found;
}

/**
 * When the delivery after the first crash was claimed, by Redis's clock: the one that got it may have been killed before
 * it wrote a word.
 */
function claimedAgain(job: KeptJob | undefined, { start }: Run): number | undefined {
  if (job === undefined || start.crashes > 0) return undefined;
  const crash = job.history.findIndex(({ outcome }) => outcome === 'crashed');
  return crash < 0 ? undefined : job.history[crash + 1]?.startedAt;
}

/** From each time that something was mended until a producer was answered and a handler had done its work, the longest. */
export function workGoesOn({ events }: Evidence): number | undefined {
  let longest: number | undefined;
  for (const [i, heal] of events.entries()) {
    if (heal.e !== 'heal') continue;
    const later = events.slice(i);
    const ok = later.find((event) => event.e === 'ok');
    // Begun after the heal, so that nothing which was under way counts.
    const started = later.find((event) => event.e === 'start');
    for (const sign of [ok, started]) {
      if (sign !== undefined) longest = Math.max(longest ?? 0, sign.t - heal.t);
    }
  }
  return longest;
}

/** The q-quantile of a list; 0 of an empty one. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
}

/** Answer times of the enqueues that were asked for between two times, ms. */
export function answerTimes({ asked }: Evidence, from: number, to: number): number[] {
  return [...asked.values()].flatMap(({ invoke, oks }) =>
    invoke.t >= from && invoke.t < to && oks[0] !== undefined ? [oks[0].t - invoke.t] : [],
  );
}

/** I12: the longest that an expired lease of the bad client, which it had not extended, waited for a reaper, ms. */
export function longestReap({ told, jobs }: Evidence): number {
  let longest = 0;
  for (const [id, { claims, extends: beats }] of told) {
    for (const { worker, start, until, token } of claims) {
      if (beats.some((beat) => beat.token === token)) continue;
      const delivery = jobs
        .get(id)
        ?.history.find(({ workerId, startedAt }) => workerId === worker && startedAt === start);
      if (delivery?.outcome === 'crashed') longest = Math.max(longest, delivery.endedAt - until);
    }
  }
  return Math.round(longest);
}
