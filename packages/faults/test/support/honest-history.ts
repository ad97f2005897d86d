import type { EndedDelivery, HistoryEvent } from '@relay/testkit';
import { type Allowances, historyBreaches } from '../../src/check/check.ts';
import { gather, type KeptJob, type Sources } from '../../src/check/evidence.ts';
import { ORDERED } from '../../src/check/order.ts';
import { type Kind, MAIN, type RunEvent } from '../../src/history/events.ts';
import type { Exit } from '../../src/stack/service.ts';

export const invoke = (n: number, kind: Kind = 'plain', queue = MAIN): RunEvent => ({
  e: 'invoke',
  t: n * 10,
  n,
  queue,
  kind,
  via: 'sdk',
  delayMs: 0,
  replicated: false,
});

export const ok = (n: number, id: string): RunEvent => {
  return { e: 'ok', t: n * 10 + 1, n, id, duplicate: false, again: false };
};

export const start = (n: number, id: string, run: string, more: Partial<RunEvent> = {}): RunEvent =>
  ({
    e: 'start',
    t: n * 10 + 2,
    n,
    id,
    run,
    queue: MAIN,
    attempt: 1,
    crashes: 0,
    by: 'worker-1',
    pid: 1,
    intact: true,
    ...more,
  }) as RunEvent;

export const end = (n: number, run: string, how: 'done' | 'failed' = 'done'): RunEvent => {
  return { e: 'end', t: n * 10 + 3, run, how };
};

export const delivery = (
  number: number,
  outcome: EndedDelivery['outcome'],
  startedAt: number,
): EndedDelivery => ({ number, outcome, startedAt, endedAt: startedAt + 5, workerId: 'w' });

export const job = (id: string, more: Partial<KeptJob> = {}): KeptJob => ({
  id,
  queue: MAIN,
  state: 'completed',
  maxAttempts: 2,
  maxCrashes: 1,
  attempts: 1,
  crashes: 0,
  createdAt: 1_000,
  reason: null,
  error: null,
  headers: {},
  history: [delivery(1, 'completed', 1_010)],
  ...more,
});

/** Two jobs that were asked for and done, one that failed once, and one that was refused. */

export const HONEST: Sources = {
  logs: [
    [invoke(1), ok(1, 'a'), invoke(2), ok(2, 'b'), invoke(3, 'flaky'), ok(3, 'c'), invoke(4)],
    [{ e: 'fail', t: 41, n: 4, code: 'store-full' }],
    [start(1, 'a', 'r1'), end(1, 'r1'), start(2, 'b', 'r2'), end(2, 'r2')],
    [
      start(3, 'c', 'r3'),
      end(3, 'r3', 'failed'),
      start(3, 'c', 'r4', { t: 34, attempt: 2 }),
      { e: 'end', t: 35, run: 'r4', how: 'done' },
    ],
  ],
  tokens: [],
  jobs: [
    job('a'),
    job('b'),
    job('c', {
      attempts: 2,
      history: [delivery(1, 'failed', 1_010), delivery(2, 'completed', 1_030)],
    }),
  ],
  exits: [{ name: 'worker-1', code: 0, signal: null, asked: 'SIGTERM', ms: 50 }],
  limits: new Map([[MAIN, { concurrency: 3, rateLimit: { rate: 100, perMs: 1_000, burst: 3 } }]]),
};

export const breaches = (sources: Sources, allowed: Allowances = {}): string[] =>
  historyBreaches(gather(sources), allowed);

export const withEvents = (...events: RunEvent[]): Sources => ({
  ...HONEST,
  logs: [...HONEST.logs, events],
});

export const withJobs = (...jobs: KeptJob[]): Sources => ({
  ...HONEST,
  jobs: [...HONEST.jobs.filter(({ id }) => !jobs.some((other) => other.id === id)), ...jobs],
});

export const without = (id: string): Sources => ({
  ...HONEST,
  jobs: HONEST.jobs.filter((one) => one.id !== id),
  logs: HONEST.logs.map((events) => events.filter((one) => one.e !== 'end' || one.run !== 'r2')),
});

export const leased = (id: string, startedAt: number, endedAt: number): KeptJob =>
  job(id, { history: [{ ...delivery(1, 'completed', startedAt), endedAt }] });

/** Two leases of 100 ms that expired, and a third delivery so many ms after that. */
export const crashedTwice = (id: string, waitMs: number): KeptJob =>
  job(id, {
    crashes: 2,
    maxCrashes: 2,
    history: [
      { ...delivery(1, 'crashed', 1_100), endedAt: 1_200 },
      { ...delivery(2, 'crashed', 1_300), endedAt: 1_400 },
      delivery(3, 'completed', 1_400 + waitMs),
    ],
  });

export const exit = (more: Partial<Exit>): Sources => ({
  ...HONEST,
  exits: [{ name: 'worker-1', code: 0, signal: null, asked: 'SIGTERM', ms: 50, ...more }],
});

export const tick = (id: string, at: number): KeptJob => {
  const headers = { 'relay-schedule': 's', 'relay-tick': new Date(at).toISOString() };
  return job(id, { headers });
};

export const claimed = (token: string): HistoryEvent[] => [
  { e: 'claim', id: 'b', token, worker: 'w', start: 1_010, until: 1_500, attempt: 1, crashes: 0 },
  { e: 'run', id: 'b', token, intact: true },
];

export const asked = (n: number, id: string, at: number): RunEvent[] => [
  { ...invoke(n, 'plain', ORDERED), t: at },
  { ...ok(n, id), t: at + 1 },
];
