import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs, type RunEvent, wantedIn } from '../history/events.ts';
import { EventLog } from '../history/log.ts';

/** What a delivery is, whichever worker runs it. */
export interface Delivered {
  readonly id: string;
  readonly queue: string;
  readonly payloadText: string;
  readonly attempt: number;
  readonly crashes: number;
}

/** Where this process writes its part of the history: `FAULTS_LOG`, under the name `FAULTS_NAME`. */
export function openLog(): EventLog<RunEvent> {
  return new EventLog<RunEvent>(process.env['FAULTS_LOG'] ?? '');
}

const NAME = process.env['FAULTS_NAME'] ?? 'nobody';

/** Runs one delivery as its payload asks, and writes down that it did. */
export async function work(
  log: EventLog<RunEvent>,
  job: Delivered,
  signal: AbortSignal,
): Promise<unknown> {
  const { id, queue, attempt, crashes } = job;
  const wanted = wantedIn(job.payloadText);
  const { n = -1, kind = 'plain', workMs = 0 } = wanted ?? {};
  const run = randomBytes(9).toString('base64url');
  const intact = wanted !== null;
  const place = { by: NAME, pid: process.pid };
  log.note({ e: 'start', t: monotonicMs(), n, id, queue, attempt, crashes, run, intact, ...place });
  if (kind === 'poison') process.kill(process.pid, 'SIGKILL');
  if (kind === 'blocking') block(workMs);
  // Cut short by its signal, which is looked at below.
  else await delay(workMs, undefined, { signal }).catch(() => undefined);
  const end = (how: 'done' | 'failed' | 'aborted', why?: string): void =>
    log.note({ e: 'end', t: monotonicMs(), run, how, ...(why === undefined ? {} : { why }) });
  // What came too late to be heard before the work was done is written down all the same.
  if (signal.aborted) {
    end('aborted', signal.reason instanceof Error ? signal.reason.name : String(signal.reason));
    throw signal.reason;
  }
  const failures = attempt - 1 - crashes;
  if (kind === 'doomed' || (kind === 'flaky' && failures === 0)) {
    end('failed');
    throw new Error(`planned failure of ${kind} job ${n}`);
  }
  end('done');
  return { n };
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
