import { expect, test } from '@jest/globals';
import {
  type EndedDelivery,
  type FoundJob,
  gatherHistory,
  type HistoryEvent,
  historyProblems,
  tokenProblems,
} from '../../src/index.ts';

const delivery = (
  number: number,
  outcome: EndedDelivery['outcome'],
  at: number,
): EndedDelivery => ({
  number,
  outcome,
  startedAt: at,
  endedAt: at + 5,
  workerId: 'w',
});

/** Failed once, then completed. */
const job: FoundJob = {
  id: 'a',
  state: 'completed',
  maxAttempts: 2,
  maxCrashes: 1,
  attempts: 2,
  crashes: 0,
  createdAt: 100,
  reason: null,
  error: null,
  history: [delivery(1, 'failed', 110), delivery(2, 'completed', 120)],
};
const claim = (token: string, start: number, attempt: number): HistoryEvent => {
  return { e: 'claim', id: 'a', token, worker: 'w', start, until: 999, attempt, crashes: 0 };
};
const settle = (
  n: number,
  token: string,
  outcome: 'complete' | 'fail',
  state: 'completed' | 'scheduled' | null,
) =>
  [
    { e: 'try', n, id: 'a', token, outcome, foreign: token === 'foreign' },
    { e: 'answer', n, state },
  ] as const;
const HONEST: readonly HistoryEvent[] = [
  claim('t1', 110, 1),
  { e: 'run', id: 'a', token: 't1', intact: true },
  ...settle(1, 't1', 'fail', 'scheduled'),
  claim('t2', 120, 2),
  { e: 'run', id: 'a', token: 't2', intact: true },
  ...settle(2, 't2', 'complete', 'completed'),
  ...settle(3, 't2', 'complete', null),
];

function problems(
  events: readonly HistoryEvent[],
  found: FoundJob | null = job,
  cancelled = false,
): string[] {
  const jobs = gatherHistory([events]);
  const accepted = { delayMs: 10, cancelled };
  return [...tokenProblems(jobs.values()), ...historyProblems(accepted, found, jobs.get('a')!)];
}

test('an honest history has no problem', () => {
  expect(problems(HONEST)).toEqual([]);
});

test('a job given back and got again within one ms has two deliveries', () => {
  const again: readonly HistoryEvent[] = [
    claim('t1', 110, 1),
    { e: 'try', n: 1, id: 'a', token: 't1', outcome: 'release', foreign: false },
    { e: 'answer', n: 1, state: 'ready' },
    claim('t2', 110, 1),
    { e: 'run', id: 'a', token: 't2', intact: true },
    ...settle(2, 't2', 'complete', 'completed'),
  ];
  const released = { ...delivery(1, 'released', 110), endedAt: 110 };
  const history = [released, delivery(1, 'completed', 110)];
  const found = { ...job, attempts: 1, history };
  expect(problems(again, found)).toEqual([]);
  const swapped = { ...found, history: history.toReversed() };
  expect(problems(again, swapped).join()).toContain('I7: complete was acknowledged');
});

const LIES: [string, readonly HistoryEvent[], FoundJob | null][] = [
  ['I1', HONEST, null],
  ['I6', [...HONEST, claim('t1', 120, 2)], job],
  ['I6', [...HONEST, claim('t3', 121, 2)], job],
  ['I6', HONEST, { ...job, history: [delivery(1, 'failed', 116), job.history[1]!] }],
  ['I7', [...HONEST, ...settle(4, 'foreign', 'complete', 'completed')], job],
  ['I7', [...HONEST, ...settle(4, 't2', 'complete', 'completed')], job],
  ['I7', [...HONEST, { e: 'extend', id: 'a', token: 't1', sent: 150, until: 200 }], job],
  ['I8', HONEST, { ...job, state: 'dead', reason: 'crashed', error: { name: 'E', message: '' } }],
  ['I9', HONEST, { ...job, maxAttempts: 0 }],
  ['I9', HONEST, { ...job, crashes: 2 }],
  ['I9', HONEST, { ...job, history: [job.history[0]!, delivery(3, 'completed', 120)] }],
  ['I10', HONEST, { ...job, createdAt: 105 }],
  ['I19', [...HONEST, { e: 'run', id: 'a', token: 't1', intact: false }], job],
  ['I26', HONEST, { ...job, state: 'ready' }],
  ['I28', [claim('t2', 120, 2), ...settle(2, 't2', 'complete', null)], job],
];

test.each(LIES)('a breach of %s is found', (name, events, found) => {
  expect(problems(events, found).join('\n')).toContain(`${name}: `);
});

test('a cancel that was acknowledged and had no effect is found', () => {
  expect(problems(HONEST, job, true).join('\n')).toContain('I23: ');
});
