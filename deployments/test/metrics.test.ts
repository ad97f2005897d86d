import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Broker } from '@relay/broker';
import { assertConsistent, until } from '@relay/testkit';
import { alerts } from '../src/alerts.ts';
import { dashboardQueries } from '../src/dashboards.ts';
import { type Exporter, metricList } from '../src/metrics.ts';
import { parseExposition, sampleNames } from './support/exposition.ts';
import { promtool } from './support/promtool.ts';
import { Stack } from './support/stack.ts';

const SERVICES: readonly Exporter[] = ['api-gateway', 'worker', 'reaper-promoter'];
/** Of Prometheus's own making, not of the application's. */
const IMPLIED = new Set(['le', 'quantile']);

let stack: Stack;
const scrapes = new Map<Exporter, string>();

beforeAll(async () => {
  stack = await Stack.start();
  await stack.call('/v1/queues/scraped/jobs', { type: 'greet', payload: {} });
  await stack.call('/v1/queues/scraped/jobs', { type: 'fail', payload: {}, maxAttempts: 1 });
  await stack.call('/v1/queues/scraped/jobs', { type: 'greet', payload: {}, delayMs: 50 });
  await stack.call('/v1/queues/by-http/jobs', { type: 'greet', payload: {}, maxAttempts: 1 });
  const claimed = await stack.call('/v1/leases', { workerId: 'w', queues: ['by-http'] });
  const [{ leaseToken }] = claimed['leases'] as [{ leaseToken: string }];
  const error = { name: 'Error', message: 'no' };
  const items = [{ leaseToken, outcome: 'fail', error }];
  await stack.call('/v1/leases/settle', { items });
  // Both are refused: that is counted too.
  await stack
    .call('/v1/leases/settle', { items: [{ leaseToken: 'x', outcome: 'complete' }] })
    .catch(() => ({}));
  await stack.call('/v1/nowhere', {}).catch(() => ({}));
  await using broker = new Broker({ redis: stack.redis.url });
  await broker.configure('by-http', { concurrency: 5 });
  await until(
    async () => {
      const counts = (await broker.stats('scraped'))?.counts;
      return counts?.completed === 2 && counts.dead === 1;
    },
    { what: 'all jobs at their end' },
  );
  await until(
    async () => {
      for (const service of SERVICES) scrapes.set(service, await stack.scrape(service));
      const loops = parseExposition(scrapes.get('reaper-promoter') ?? '');
      return (loops.get('relay_jobs_promoted_total')?.series ?? []).some(
        ({ queue }) => queue === 'scraped',
      );
    },
    { what: 'the loops have seen the queue' },
  );
  for (const queue of ['scraped', 'by-http']) await assertConsistent(stack.redis.url, queue);
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

describe.each(SERVICES)('%s', (service) => {
  const scraped = () => parseExposition(scrapes.get(service) ?? '');
  const own = metricList.filter(({ from }) => from.includes(service));

  it('exposes the metrics of the list, and no other of ours', () => {
    const names = [...scraped().keys()].filter((name) => name.startsWith('relay_'));
    expect(names.toSorted()).toEqual(own.map(({ name }) => name).toSorted());
  });

  it('gives each its type and its labels', () => {
    for (const { name, type, labels } of own) {
      const exposed = scraped().get(name);
      expect([name, exposed?.type]).toEqual([name, type]);
      for (const series of exposed?.series ?? []) {
        const shown = Object.keys(series).filter((label) => !IMPLIED.has(label));
        expect([name, shown.toSorted()]).toEqual([name, labels.toSorted()]);
      }
    }
  });

  it('shows a value of each that does not wait for an event', () => {
    const empty = own.filter(({ name, sparse }) => !sparse && !scraped().get(name)?.series.length);
    expect(empty.map(({ name }) => name)).toEqual([]);
  });

  it('is clean to promtool', async () => {
    expect(await promtool(['check', 'metrics'], scrapes.get(service))).toEqual({
      code: 0,
      output: '',
    });
  });
});

it('the events of the jobs are counted where they happened', () => {
  const gateway = scrapes.get('api-gateway');
  expect(gateway).toContain('relay_jobs_enqueued_total{queue="scraped",result="accepted"} 3');
  expect(gateway).toContain('relay_jobs_claimed_total{queue="by-http"} 1');
  expect(gateway).toContain('relay_jobs_dead_total{queue="by-http",reason="attempts-exhausted"} 1');
  expect(gateway).toContain('relay_job_wait_seconds_count{queue="by-http"} 1');
  expect(gateway).toMatch(/relay_redis_script_duration_seconds_count\{script="enqueue"\} [1-9]/);
  const worker = scrapes.get('worker');
  expect(worker).toContain('relay_jobs_claimed_total{queue="scraped"} 3');
  expect(worker).toContain('relay_jobs_claimed_total{queue="idle"} 0');
  expect(worker).toContain('relay_jobs_dead_total{queue="scraped",reason="attempts-exhausted"} 1');
  const loops = scrapes.get('reaper-promoter');
  expect(loops).toContain('relay_jobs_promoted_total{queue="scraped"} 1');
  expect(loops).toContain('relay_jobs_dead_total{queue="scraped",reason="expired"} 0');
});

it('the dashboards and alerts ask for names that a scrape has', () => {
  const known = new Set([...scrapes.values()].flatMap((text) => [...sampleNames(text)]));
  const asked = [...dashboardQueries, ...alerts].flatMap(
    ({ expr }) => expr.match(/\b(relay|nodejs|process)_\w+/g) ?? [],
  );
  expect(new Set(asked).size).toBeGreaterThan(25);
  expect([...new Set(asked)].filter((name) => !known.has(name))).toEqual([]);
});
