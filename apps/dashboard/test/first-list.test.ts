import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { seed } from './scale-support.ts';
import { TestStack } from './stack.ts';

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([TestStack.start(['idle']), launchBrowser()]);
  await seed(stack, { queue: 'large', jobs: 300, queues: 260 });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

/** Keeps what the page asks for from being answered, until it is let go. */
async function hold(page: Page, address: RegExp): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(address, async (route) => {
    await released;
    // The page may have been left.
    await route.continue().catch(() => undefined);
  });
  return release;
}

/** What has been asked for, and by what: `link` is the page itself, before its scripts have run. */
async function asked(page: Page, path: RegExp): Promise<string[]> {
  const all = await page.evaluate(() =>
    performance.getEntriesByType('resource').map((entry) => ({
      by: (entry as PerformanceResourceTiming).initiatorType,
      url: entry.name,
    })),
  );
  return all.filter(({ url }) => path.test(url)).map(({ by }) => by);
}

const FIRST_ROW = 'tbody tr[data-row]';
const OTHER_PAGES = /[?&]_rsc=/;

describe('the first list waits for nothing but itself', () => {
  it.each([
    ['/queues/large?state=ready', /\/v1\/queues\/large\/jobs\?/],
    ['/queues', /\/v1\/queues\?limit=\d+$/],
  ])('%s: asked for with the page, once, and before any other page', async (path, list) => {
    const { page, refusals, errors } = await openPage(browser);
    await page.goto(`${stack.url}${path}`);
    await page.locator(FIRST_ROW).first().waitFor();
    expect(await asked(page, list)).toEqual(['link']);
    await page.waitForLoadState('networkidle');
    expect(await asked(page, OTHER_PAGES)).toEqual([]);
    await page.locator(FIRST_ROW).first().getByRole('link').hover();
    const loadsAhead = async () => (await asked(page, OTHER_PAGES)).length > 0;
    await until(loadsAhead, { what: 'the page that the reader points at to be loaded' });
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });

  it('jobs are shown before the queue that they are in is known, and stay where they are', async () => {
    const { page } = await openPage(browser);
    // The events tell of the queue, too.
    const release = await hold(page, /\/v1\/(queues\/large|events.*)$/);
    await page.goto(`${stack.url}/queues/large?state=ready`);
    await page.locator(FIRST_ROW).first().waitFor();
    const ready = page.getByRole('button', { name: 'Ready' });
    expect(await ready.textContent()).toBe('Ready–');
    const placeOf = async () => (await page.locator(FIRST_ROW).first().boundingBox())?.y;
    const before = await placeOf();
    release();
    await ready.filter({ hasText: '300' }).waitFor();
    expect(await placeOf()).toBe(before);
    await page.context().close();
  });

  it('from the list of queues the jobs of one are shown before the queue itself is known', async () => {
    const { page } = await openPage(browser);
    const release = await hold(page, /\/v1\/queues\/large$/);
    await page.goto(`${stack.url}/queues?search=large`);
    await page.getByRole('link', { name: 'large' }).click();
    await page.waitForURL(/\/queues\/large$/);
    await page.getByRole('table', { name: 'Ready jobs' }).waitFor();
    await page.getByRole('button', { name: 'Ready' }).filter({ hasText: '300' }).waitFor();
    release();
    await page.getByText('The oldest ready job has waited').waitFor();
    await page.context().close();
  });

  it('the list stays in the state that it began with, however the counts go on', async () => {
    await stack.call('POST', '/v1/queues/idle/jobs', { payload: 1, delayMs: 3_600_000 });
    const { page } = await openPage(browser);
    await page.goto(`${stack.url}/queues/idle`);
    await page.getByRole('table', { name: 'Scheduled jobs' }).waitFor();
    await stack.call('POST', '/v1/queues/idle/pause');
    await stack.call('POST', '/v1/queues/idle/jobs', { payload: 2 });
    await page.getByRole('button', { name: 'Ready' }).filter({ hasText: '1' }).waitFor();
    expect(await page.getByRole('table', { name: 'Scheduled jobs' }).count()).toBe(1);
    const scheduled = page.getByRole('button', { name: 'Scheduled' });
    expect(await scheduled.getAttribute('aria-pressed')).toBe('true');
    await page.context().close();
    await stack.call('DELETE', '/v1/queues/idle?force=true');
  });

  it('of many queues the first are shown while the others are read', async () => {
    const { page } = await openPage(browser);
    const release = await hold(page, /\/v1\/(events|queues\?.*cursor=)/);
    await page.goto(`${stack.url}/queues`);
    await page.getByRole('row', { name: 'queue-0001' }).waitFor();
    expect(await page.getByText(/in all$/).count()).toBe(0);
    // Which is the oldest, only all of them together tell.
    await page.getByRole('button', { name: 'Oldest' }).click();
    await page.getByText('Loading').waitFor({ state: 'attached' });
    release();
    await page.getByText('260 in all').waitFor();
    await page.getByRole('row', { name: 'large' }).waitFor();
    await page.context().close();
  });
});
