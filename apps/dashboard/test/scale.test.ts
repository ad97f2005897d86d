import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import {
  MOST_ANSWER_BYTES,
  MOST_ROWS,
  rowsOf,
  type Shifts,
  scriptBytes,
  seed,
  watchAnswers,
  watchShifts,
} from './scale-support.ts';
import { TestStack } from './stack.ts';

/** Compressed, the charts that are loaded last among them. */
const MOST_SCRIPT_BYTES = 200 * 1024;
/** A figure that stands at the right begins further left with another digit; nothing else moves. */
const MOST_SHIFT = 0.001;

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([TestStack.start(['idle']), launchBrowser()]);
  await seed(stack, { queue: 'large', jobs: 3_000, queues: 260 });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

/** A failure says what has moved. */
function expectStill({ sum, moved }: Shifts): void {
  expect(sum < MOST_SHIFT ? [] : moved).toEqual([]);
}

// The same for a million jobs, with times and memory: npm run test:scale.
describe('however much there is', () => {
  it('answers are small, and few rows are in the page', async () => {
    const { page } = await openPage(browser);
    const answers = watchAnswers(page);
    await page.goto(`${stack.url}/queues`);
    await page.getByText('260 in all').waitFor();
    expect(await rowsOf(page)).toBeLessThanOrEqual(MOST_ROWS);
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.getByRole('row', { name: 'queue-0259' }).waitFor();
    expect(await rowsOf(page)).toBeLessThanOrEqual(MOST_ROWS);
    await page.goto(`${stack.url}/queues/large?state=ready`);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.waitForURL(/cursor=/);
    await page.getByRole('table', { name: 'Ready jobs' }).waitFor();
    expect(await rowsOf(page)).toBeLessThanOrEqual(MOST_ROWS);
    await page.goto(stack.url);
    await page.getByTestId('verdict').waitFor();
    const enough = () => answers.some(({ path }) => path.includes('/v1/overview'));
    await until(async () => enough(), { what: 'the answers to be counted' });
    expect(answers.filter(({ bytes }) => bytes > MOST_ANSWER_BYTES)).toEqual([]);
    await page.context().close();
  });

  it('the front page loads no more than 200 KB of scripts', async () => {
    const { page } = await openPage(browser);
    const bytes = await scriptBytes(page, stack.url);
    expect(bytes).toBeGreaterThan(50 * 1024);
    expect(bytes).toBeLessThanOrEqual(MOST_SCRIPT_BYTES);
    await page.context().close();
  });

  it('nothing moves as figures change', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${stack.url}/queues?search=moving`);
    await stack.call('POST', '/v1/queues/moving/jobs', { payload: 0 });
    const row = page.getByRole('row', { name: 'moving' });
    await row.waitFor();
    await page.getByTestId('connection').filter({ visible: true, hasText: 'Live' }).waitFor();
    const shifts = await watchShifts(page);
    let count = 1;
    for (const more of [9, 90, 900]) {
      const jobs = Array.from({ length: more }, (_, index) => ({ payload: index }));
      // oxlint-disable no-await-in-loop -- one change after the other.
      await stack.call('POST', '/v1/queues/moving/jobs/bulk', { jobs });
      count += more;
      await row.getByRole('cell', { name: count.toLocaleString('en-US'), exact: true }).waitFor();
      // oxlint-enable no-await-in-loop
    }
    expectStill(await shifts());
    await page.goto(stack.url);
    await page.getByTestId('verdict').waitFor();
    await page.locator('canvas').nth(1).waitFor();
    const later = await watchShifts(page);
    const jobs = Array.from({ length: 1_000 }, (_, index) => ({ payload: index }));
    await stack.call('POST', '/v1/queues/moving/jobs/bulk', { jobs });
    await page
      .getByText((4_000 + 259 + 1_000).toLocaleString('en-US'))
      .first()
      .waitFor();
    expectStill(await later());
    await page.context().close();
  });
});
