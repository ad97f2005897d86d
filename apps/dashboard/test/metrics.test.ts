import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser, Locator } from 'playwright-core';
import { duration } from '../src/design/format.ts';
import { launchBrowser, openPage } from './browser.ts';
import { noteAnHour } from './history.ts';
import { TestStack } from './stack.ts';

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([TestStack.start(['noted']), launchBrowser()]);
  await noteAnHour(stack.redis, { noted: 600 });
  // The figures are there already; the queue is once it has had a job.
  await stack.call('POST', '/v1/queues/noted/jobs', { type: 'calm', payload: 1 });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

/** The ages that the gateway knows of, in ms. */
async function ages(): Promise<number[]> {
  const { points } = await stack.call('GET', '/v1/queues/noted/series?metric=oldestReadyMs');
  return (points as { value: number | null }[]).flatMap(({ value }) => value ?? []);
}

/** How many points of a chart's canvas have the colour of a token. */
async function painted(chart: Locator, token: string): Promise<number> {
  return await chart.evaluate((element, name) => {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    element.append(probe);
    const wanted = getComputedStyle(probe).color.match(/\d+/g)?.map(Number) ?? [];
    probe.remove();
    const canvas = element.querySelector('canvas');
    const context = canvas?.getContext('2d');
    if (canvas === null || !context) return 0;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let points = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] === 255 && wanted.every((part, place) => data[at + place] === part)) {
        points += 1;
      }
    }
    return points;
  }, token);
}

it('how long the oldest job has waited is drawn over the hour, and said in words', async () => {
  const { page, refusals, errors } = await openPage(browser);
  await page.goto(`${stack.url}/queues/noted?tab=metrics`);
  const chart = page.getByRole('img', {
    name: 'Age of the oldest ready job, over the last hour',
  });
  await chart.locator('canvas').waitFor();
  const known = await ages();
  expect(known.length).toBeGreaterThan(50);
  const most = duration(Math.max(...known));
  const words = page.locator(`[id="${await chart.getAttribute('aria-describedby')}"]`);
  expect(await words.textContent()).toMatch(new RegExp(`^Oldest: .* and ${most}\\.$`));
  // A line from edge to edge, and not a dot.
  expect(await painted(chart, '--warn')).toBeGreaterThan(200);
  await page.emulateMedia({ colorScheme: 'light' });
  const isLight = async () => (await painted(chart, '--warn')) > 200;
  await until(isLight, { what: 'the line in the colour of the light theme', deadlineMs: 15_000 });
  expect([refusals, errors]).toEqual([[], []]);
  await page.context().close();
});

it('of a queue that nothing is known of the chart says that', async () => {
  await stack.call('POST', '/v1/queues/fresh/jobs', { payload: 1 });
  const { page } = await openPage(browser);
  // Those of a new queue come with the first note, which would be as well.
  await page.route(/\/series\?metric=oldestReadyMs/, async (route) => {
    const response = await route.fetch();
    const series = (await response.json()) as { points: { at: string }[] };
    const points = series.points.map(({ at }) => ({ at, value: null }));
    await route.fulfill({ response, json: { ...series, points } });
  });
  await page.goto(`${stack.url}/queues/fresh?tab=metrics`);
  const chart = page.getByRole('region', { name: 'Age of the oldest ready job' });
  await chart.getByText('Nothing in this time').waitFor();
  await chart.getByText('Oldest: nothing.').waitFor();
  await page.context().close();
});
