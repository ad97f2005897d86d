import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { TestStack } from './stack.ts';

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([TestStack.start(['calm']), launchBrowser()]);
  await stack.call('POST', '/v1/queues/calm/jobs', { type: 'calm', payload: 1 });
  await stack.call('POST', '/v1/queues/lonely/jobs', { type: 'calm', payload: 1 });
  await stack.call('POST', '/v1/queues/unseen/jobs', { type: 'early-one', payload: 1 });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

/** As if the reader went to another tab, or came back. */
async function show(page: Page, visible: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
    const state = hidden ? 'hidden' : 'visible';
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: state });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, !visible);
}

describe('what happens is seen without a reload', () => {
  it('counts change as jobs come in', async () => {
    const { page, refusals, errors } = await openPage(browser);
    await page.goto(`${stack.url}/queues`);
    const row = page.getByRole('row', { name: 'lonely' });
    await row.getByRole('cell', { name: '1', exact: true }).waitFor();
    await page.getByTestId('connection').filter({ visible: true, hasText: 'Live' }).waitFor();
    const jobs = Array.from({ length: 41 }, (_, index) => ({ payload: index }));
    await stack.call('POST', '/v1/queues/lonely/jobs/bulk', { jobs });
    await row.getByRole('cell', { name: '42', exact: true }).waitFor();
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });

  it('pauses and resumes a queue', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${stack.url}/queues?search=calm`);
    await page.getByRole('button', { name: 'Pause calm' }).click();
    const resume = page.getByRole('button', { name: 'Resume calm' });
    await resume.waitFor();
    expect(await stack.call('GET', '/v1/queues/calm')).toMatchObject({ paused: true });
    await resume.click();
    await page.getByRole('button', { name: 'Pause calm' }).waitFor();
    expect(await stack.call('GET', '/v1/queues/calm')).toMatchObject({ paused: false });
    await page.context().close();
  });

  it('not in a tab that nobody sees, which is current once it is seen again', async () => {
    const { page } = await openPage(browser);
    await page.clock.install();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/api/relay/')) asked.push(new URL(request.url()).pathname);
    });
    // Not the list, which the stream keeps current: what has to be asked for.
    await page.goto(`${stack.url}/queues/unseen?state=ready`);
    const pill = page.getByTestId('connection').filter({ visible: true });
    await pill.filter({ hasText: 'Live' }).waitFor();
    asked.length = 0;
    // Each answer takes real time, and the next question waits for it: the clock goes on in steps, until there were three.
    const jobs = (path: string) => path.endsWith('/queues/unseen/jobs');
    const askedThrice = async () => {
      await page.clock.runFor('00:05');
      return asked.filter(jobs).length > 2;
    };
    await until(askedThrice, {
      what: 'the jobs to be asked for again and again',
      deadlineMs: 15_000,
    });

    await show(page, false);
    await pill.filter({ hasText: 'Polling' }).waitFor();
    asked.length = 0;
    await page.clock.runFor('30:00');
    await stack.call('POST', '/v1/queues/unseen/jobs', { type: 'late-one', payload: 1 });
    expect([asked, await page.getByText('late-one').count()]).toEqual([[], 0]);

    await show(page, true);
    await page.getByText('late-one').waitFor();
    await pill.filter({ hasText: 'Live' }).waitFor();
    expect(asked).toContain('/api/relay/v1/events');
    await page.context().close();
  });

  it('says on its front page what needs somebody', async () => {
    const { page, errors, refusals } = await openPage(browser);
    await page.goto(stack.url);
    await page.getByTestId('verdict').waitFor();
    await page.getByRole('region', { name: 'Needs attention' }).getByText('lonely').waitFor();
    await page.locator('canvas').first().waitFor();
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });
});
