// The checker itself: an honest history has no breach, and each invariant has at least one lie that it finds.
import { describe, expect, test } from '@jest/globals';
import { accountOf } from '../src/check/account.ts';
import { gather, type Sources } from '../src/check/evidence.ts';
import { excerptOf } from '../src/check/minimise.ts';
import { quantile, redeliveries, workGoesOn } from '../src/check/recovery.ts';
import { CONTESTED, MAIN, type RunEvent } from '../src/history/events.ts';
import {
  asked,
  breaches,
  claimed,
  crashedTwice,
  delivery,
  end,
  exit,
  HONEST,
  invoke,
  job,
  leased,
  ok,
  start,
  tick,
  withEvents,
  withJobs,
  without,
} from './support/honest-history.ts';

test('an honest history has no breach', () => {
  expect(breaches(HONEST)).toEqual([]);
  expect(accountOf(gather(HONEST))).toMatchObject({
    asked: 4,
    acknowledged: 3,
    lost: [],
    duplicated: [],
    recovered: [],
    unexpected: [],
  });
});

/** What is untrue, the invariant that it breaks, and the history. */
const LIES: readonly [string, string, Sources][] = [
  ['a job is gone and was not done', 'I1', without('b')],
  ['a job waits for ever', 'I26', withJobs(job('b', { state: 'ready' }))],
  ['a job comes of nothing', 'I1', withJobs(job('x'))],
  ['a refused job was done', 'I1', withEvents(start(4, 'd', 'r9'), end(4, 'r9'))],
  [
    'two leases at a time',
    'I6',
    withJobs(
      job('c', {
        attempts: 2,
        history: [delivery(1, 'failed', 1_010), delivery(2, 'completed', 1_012)],
      }),
    ),
  ],
  [
    'a token was given out twice',
    'I6',
    { ...HONEST, tokens: [[...claimed('t'), ...claimed('t')]] },
  ],
  [
    'a foreign token settled',
    'I7',
    {
      ...HONEST,
      tokens: [
        [
          ...claimed('t'),
          { e: 'try', n: 1, id: 'b', token: 'wrong', outcome: 'complete', foreign: true },
          { e: 'answer', n: 1, state: 'completed' },
        ],
      ],
    },
  ],
  [
    'a standing lease was called lost',
    'I28',
    {
      ...HONEST,
      tokens: [
        [
          ...claimed('t'),
          { e: 'try', n: 1, id: 'b', token: 't', outcome: 'complete', foreign: false },
          { e: 'answer', n: 1, state: null },
        ],
      ],
    },
  ],
  [
    'a job is completed that no handler has done',
    'I8',
    { ...withEvents(invoke(5), ok(5, 'e')), jobs: [...HONEST.jobs, job('e')] },
  ],
  ['a failed job is completed', 'I8', withEvents(invoke(1, 'doomed'), ok(1, 'a'))],
  [
    'a foreign token extended',
    'I7',
    {
      ...HONEST,
      tokens: [
        [...claimed('t'), { e: 'extend', id: 'b', token: 'wrong', sent: 1_012, until: 4_012 }],
      ],
    },
  ],
  ['it crashed too often and goes on', 'I9', withJobs(job('b', { crashes: 2 }))],
  [
    'a delivery has the wrong number',
    'I9',
    withJobs(job('b', { history: [delivery(2, 'completed', 1_010)] })),
  ],
  ['it was started before it was due', 'I10', withJobs(job('b', { createdAt: 1_100 }))],
  [
    'jobs come back at once after their second crash',
    'I12',
    withJobs(...Array.from({ length: 10 }, (_, i) => crashedTwice(`z${i}`, 20))),
  ],
  [
    'a key was accepted with another payload',
    'I13',
    withEvents({ ...invoke(9), keyOf: 2 } as RunEvent, ok(9, 'b')),
  ],
  ['one call has made two jobs', 'I13, I28', withEvents(ok(1, 'b'))],
  [
    'more leases than the queue allows',
    'I15',
    withJobs(
      leased('a', 1_000, 1_090),
      leased('b', 1_010, 1_090),
      leased('d', 1_020, 1_090),
      leased('e', 1_030, 1_090),
    ),
  ],
  [
    'more starts than the rate allows',
    'I16',
    withJobs(...['d', 'e', 'f', 'g'].map((id) => leased(id, 1_010, 1_011))),
  ],
  [
    'a claim in a pause',
    'I17',
    withEvents(
      { e: 'paused', t: 1, queue: MAIN, at: 1_000 },
      { e: 'resume', t: 2, queue: MAIN, at: 1_020 },
    ),
  ],
  ['a payload has changed', 'I19', withEvents(start(1, 'a', 'r8', { intact: false }))],
  ['dead without a reason', 'I20', withJobs(job('b', { state: 'dead' }))],
  [
    'dead with attempts left',
    'I20',
    {
      ...withEvents(invoke(6, 'doomed'), ok(6, 'd')),
      jobs: [...HONEST.jobs, job('d', { state: 'dead', reason: 'attempts-exhausted', error: {} })],
    },
  ],
  [
    'the later job starts first',
    'I21',
    {
      ...withEvents(
        ...asked(10, 'o1', 100),
        ...asked(11, 'o2', 110),
        start(10, 'o1', 'q1', { t: 130 }),
        start(11, 'o2', 'q2', { t: 120 }),
      ),
    },
  ],
  ['a tick has two jobs', 'I22', withJobs(tick('t1', 1_000), tick('t2', 1_000))],
  ['a tick has none', 'I22', withJobs(tick('t1', 1_000), tick('t2', 3_000))],
  [
    'a cancelled job is completed',
    'I23',
    withEvents({ e: 'cancelled', t: 99, id: 'b', answer: 'cancelled' }),
  ],
  ['a service ended by itself', 'I27', exit({ asked: null, code: 1 })],
  ['a service did not end well', 'I27', exit({ code: 1 })],
];

test.each(LIES)('%s: %s', (_what, invariant, sources) => {
  // What breaks several is told for each.
  const found = breaches(sources);
  expect(found.length).toBeGreaterThan(0);
  const name = invariant === 'I26' ? /^I26: / : new RegExp(`^${invariant}: `);
  expect(found.some((line) => name.test(line))).toBe(true);
});

describe('what a fault may bring about', () => {
  test('a Redis that forgot may have lost jobs, one that did not may not', () => {
    expect(breaches(without('b'), { forgetful: true })).toEqual([]);
    expect(accountOf(gather(without('b'))).lost).toEqual(['b']);
  });

  test('damaged records are let off, the others are not', () => {
    expect(breaches(without('b'), { damaged: new Set(['b']) }).join()).not.toContain('I1: b was');
    expect(breaches(without('b'), { damaged: new Set(['a']) }).join()).toContain('I1: b was');
  });

  test('a job that was cancelled and let go is not lost, though the cancel was never answered', () => {
    const gone = without('b');
    const answered = (answer: 'unknown' | 'too-late'): Sources => ({
      ...gone,
      logs: [...gone.logs, [{ e: 'cancelled', t: 99, id: 'b', answer }]],
    });
    expect(accountOf(gather(answered('unknown'))).lost).toEqual([]);
    expect(accountOf(gather(answered('too-late'))).lost).toEqual(['b']);
  });

  test('a job that nobody knew to be accepted is recovered, not unexpected', () => {
    const sources = {
      ...withEvents(invoke(7), start(7, 'd', 'r7'), end(7, 'r7')),
      jobs: [...HONEST.jobs, job('d')],
    };
    const unknown: RunEvent = { e: 'unknown', t: 75, n: 7, code: 'network' };
    const known = { ...sources, logs: [...sources.logs, [unknown]] };
    expect(accountOf(gather(known))).toMatchObject({ recovered: ['d'], unexpected: [] });
    expect(accountOf(gather(sources))).toMatchObject({ recovered: [], unexpected: ['d'] });
  });

  test('runs beyond the plan are duplicates, except where the bad client works', () => {
    const again = start(1, 'a', 'r5', { t: 50 });
    expect(accountOf(gather(withEvents(again))).duplicated).toEqual(['a']);
    const elsewhere = { ...start(1, 'a', 'r5', { t: 5 }), queue: CONTESTED } as RunEvent;
    expect(accountOf(gather(withEvents(elsewhere))).duplicated).toEqual([]);
  });
});

describe('how long jobs wait after their second crash', () => {
  const of = (...waits: readonly number[]): string =>
    breaches(withJobs(...waits.map((wait, i) => crashedTwice(`z${i}`, wait)))).join();

  test('some may come back at once, half of them may not', () => {
    expect(of(0, 0, 0, 0, 100, 200, 300, 400, 500, 600)).not.toContain('I12');
    expect(of(0, 0, 0, 0, 0, 0, 300, 400, 500, 600)).toContain('I12');
  });

  test('few say nothing', () => {
    expect(of(0, 0, 0, 0, 0, 0, 0, 0, 0)).not.toContain('I12');
  });
});

test('of a failing history only what its breaches name is left', () => {
  const id = 'abcdefghij0123456789';
  const sources = withEvents(invoke(8), ok(8, id), start(8, id, 'r8'), {
    e: 'fault',
    t: 81,
    what: 'SIGKILL worker-1',
  });
  const { events, jobs } = excerptOf(gather(sources), [`I1: ${id} was acknowledged and is gone`]);
  expect(events.map(({ e }) => e).toSorted()).toEqual(['fault', 'invoke', 'ok', 'start']);
  expect(jobs).toEqual([]);
});

test('redelivery is measured from the kill of the process that ran the job', () => {
  const sources = withEvents(
    start(1, 'a', 'cut', { t: 100, pid: 7 }),
    { e: 'fault', t: 150, what: 'SIGKILL worker-1', pid: 7 },
    { e: 'heal', t: 300, what: 'worker-1 is back' },
    start(1, 'a', 'again', { t: 400, pid: 8, crashes: 1 }),
  );
  const [hit] = redeliveries(gather(sources), 'SIGKILL');
  expect(hit).toMatchObject({ id: 'a', afterMs: 250 });
  expect(workGoesOn(gather(sources))).toBe(100);
  expect(quantile([5, 1, 3], 0.99)).toBe(5);
});
