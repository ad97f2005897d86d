import { describe, expect, it } from '@jest/globals';
import { CASES } from '../src/cases/index.ts';
import { Ledger, verdictOf } from '../src/harness/ledger.ts';
import { type Payload, payloadOf } from '../src/harness/payload.ts';
import { RowRecorder, type Series } from '../src/harness/results.ts';
import { jobsFor } from '../src/harness/rounds.ts';
import { median, percentile, ratiosOf, summaryOf } from '../src/harness/statistics.ts';
import { judge, type Target } from '../src/harness/targets.ts';
import { chart } from '../src/report/chart.ts';
import { figures, replaceBetween } from '../src/report/markdown.ts';
import { TITLES } from '../src/report/titles.ts';
import { TARGETS } from '../src/targets.ts';

const series = (contender: string, values: number[], row = 'process-c100'): Series => ({
  row,
  metric: 'rate',
  contender,
  values,
});

describe('statistics', () => {
  it('knows the middle of odd, even and unsorted lists', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('knows percentiles', () => {
    const hundred = Float64Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentile(hundred, 0.5)).toBe(51);
    expect(percentile(hundred, 0.99)).toBe(100);
    expect(percentile([7], 0.99)).toBe(7);
  });

  it('pairs the runs of a round, so that a slow minute does not count against either', () => {
    expect(ratiosOf([10, 5, 20], [5, 2.5, 10])).toEqual([2, 2, 2]);
    expect(summaryOf([2, 9, 4])).toEqual({ median: 4, min: 2, max: 9, runs: 3 });
  });

  it('chooses the number of jobs by the time that a run should take', () => {
    expect(jobsFor(10_000, 1_000, 100_000)).toBe(15_000);
    expect(jobsFor(10_000_000, 1_000, 100_000)).toBe(100_000);
    expect(jobsFor(Number.NaN, 1_000, 100_000)).toBe(400);
  });
});

describe('verification', () => {
  const deliver = (
    numbers: readonly number[],
    change: (job: Payload) => Payload = (job) => job,
  ) => {
    const ledger = new Ledger('run', 5);
    for (const n of numbers) ledger.enter(change(payloadOf(n, 'run', 170)));
    return ledger;
  };

  it('accepts each job once, over several processes', () => {
    expect(verdictOf([deliver([0, 2, 4]), deliver([3, 1])], 5)).toBeNull();
  });

  it('sees a job that was lost', () => {
    expect(verdictOf([deliver([0, 1, 2, 4])], 5)).toBe('of 5 jobs: 1 lost');
  });

  it('sees a job that came twice, in one process or in two', () => {
    expect(verdictOf([deliver([0, 1, 2, 3, 4, 4])], 5)).toBe('of 5 jobs: 1 doubled');
    expect(verdictOf([deliver([0, 1, 2]), deliver([2, 3, 4])], 5)).toBe('of 5 jobs: 1 doubled');
  });

  it('sees a payload that was changed', () => {
    const ledger = deliver([0, 1, 2, 3, 4], (job) =>
      job.n === 3 ? { ...job, text: `${job.text.slice(1)}?` } : job,
    );
    expect(verdictOf([ledger], 5)).toBe('of 5 jobs: 1 corrupt');
  });

  it('sees jobs of another run, numbers that nobody gave, and what is left', () => {
    const ledger = deliver([0, 1, 2, 3, 4]);
    ledger.enter(payloadOf(1, 'an earlier run', 170));
    ledger.enter(payloadOf(17, 'run', 170));
    expect(verdictOf([ledger], 5, { left: 3 })).toBe('of 5 jobs: 2 foreign, 3 left');
  });

  it('wants every delivery of a job that is to fail first', () => {
    expect(verdictOf([deliver([0, 1, 2, 3, 4, 0, 1, 2, 3])], 5, { times: 2 })).toBe(
      'of 5 jobs: 1 lost',
    );
  });

  it.each([100, 170, 10_240, 102_400])('makes payloads of %i bytes', (bytes) => {
    for (const n of [0, 7, 12_345])
      expect(JSON.stringify(payloadOf(n, 'run', bytes)).length).toBe(bytes);
  });
});

describe('goals', () => {
  const target: Target = { row: 'process-c100', metric: 'rate', to: 'best', goal: '>= 3' };
  const all = [
    series('relay', [60, 66]),
    series('bullmq', [10, 11]),
    series('bee-queue', [20, 22]),
    series('ceiling', [80, 90]),
  ];

  it('compares with the best peer, never with a yardstick', () => {
    expect(judge(target, all)).toMatchObject({
      met: true,
      peer: 'bee-queue',
      value: { median: 3 },
    });
    expect(judge({ ...target, goal: '>= 3.1' }, all).met).toBe(false);
  });

  it('counts a row that is missing as missed', () => {
    expect(judge(target, [])).toMatchObject({ met: false, value: null, why: 'relay is missing' });
    expect(judge(target, [series('relay', [60])])).toMatchObject({ met: false });
    expect(judge({ ...target, to: 'bullmq' }, [series('relay', [60])])).toMatchObject({
      met: false,
    });
    expect(judge(target, [series('relay', []), series('bullmq', [1])])).toMatchObject({
      met: false,
    });
  });

  it('counts a void run as missed, ours or the peer’s, however good the others are', () => {
    const recorder = new RowRecorder('process-c100');
    recorder.add('relay', { rate: 1_000_000 });
    recorder.void('relay', ['rate'], 'of 5 jobs: 1 lost');
    expect(judge(target, [...recorder.series, series('bullmq', [1, 1])])).toMatchObject({
      met: false,
      why: 'relay is void: of 5 jobs: 1 lost',
    });
    const peer = { ...series('bullmq', [1, 1]), void: 'stuck' };
    expect(judge({ ...target, to: 'bullmq' }, [series('relay', [60, 60]), peer]).met).toBe(false);
    expect(judge(target, [series('relay', [60, 60]), peer]).met).toBe(false);
  });

  it('has a case and a title for every row, and no row twice', () => {
    const rows = CASES.flatMap((one) => one.rows);
    expect(new Set(rows).size).toBe(rows.length);
    for (const { row } of TARGETS) expect(rows).toContain(row);
    expect(Object.keys(TITLES).toSorted()).toEqual(rows.toSorted());
  });
});

describe('the report', () => {
  it('shows goals and figures between the marks, and draws the rows that it has', () => {
    const all = [
      series('relay', [60]),
      series('bullmq', [10]),
      { ...series('groupmq', [1]), void: 'stuck' },
    ];
    const text = figures({
      at: '2026-01-02T00:00:00Z',
      quick: false,
      seconds: 60,
      environment: { node: 'v20' },
      safety: ['fencing'],
      series: all,
      verdicts: [judge({ row: 'process-c100', metric: 'rate', to: 'bullmq', goal: '>= 4.5' }, all)],
    });
    expect(text).toContain('| process-c100, rate: relay ÷ bullmq | ≥ 4.5 | 6.00 | met |');
    expect(text).toContain('| groupmq | void: stuck |');
    const page =
      'a\n<!-- figures: written by `npm run bench:report` -->\nold\n<!-- end of the figures -->\nb';
    expect(replaceBetween(page, 'new')).not.toContain('old');
    expect(() => replaceBetween('no marks', 'new')).toThrow('the page has no');
    expect(chart(all)).toContain('>60<');
  });
});
