import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { TestStack } from './stack.ts';

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([TestStack.start(['letters']), launchBrowser()]);
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

it('first says how a queue begins, then which need somebody, and leads to their jobs', async () => {
  const { page, refusals, errors } = await openPage(browser);
  await page.goto(stack.url);
  const attention = page.getByRole('region', { name: 'Needs attention' });
  await attention.getByText('A queue begins with its first job:').waitFor();
  const names = Array.from({ length: 12 }, (_, index) => `lonely-${index}`);
  await Promise.all(
    names.map((name) => stack.call('POST', `/v1/queues/${name}/jobs`, { payload: 1 })),
  );
  await page.getByText('10 queues or more with jobs but no worker').waitFor();
  const items = attention.getByRole('listitem');
  await items.nth(9).waitFor();
  expect(await items.count()).toBe(10);
  await items.first().getByRole('link').click();
  await page.waitForURL(/\/queues\/lonely-\d+\?state=ready$/);
  await page.getByRole('table', { name: 'Ready jobs' }).waitFor();
  expect([refusals, errors]).toEqual([[], []]);
  await page.context().close();
});

it('what grows dead letters leads to them', async () => {
  const { page } = await openPage(browser);
  await page.goto(stack.url);
  const die = async () => {
    const job = { type: 'picky', maxAttempts: 1, payload: { message: 'gone' } };
    await stack.call('POST', '/v1/queues/letters/jobs', job);
    const growing = (await stack.call('GET', '/v1/overview'))['attention'] as {
      deadGrowing: unknown[];
    };
    return growing.deadGrowing.length > 0;
  };
  await until(die, { what: 'dead letters to grow', deadlineMs: 30_000 });
  await stack.call('POST', '/v1/queues/letters/jobs', { type: 'calm', payload: 1 });
  // Those without a worker come before it, and fill the card.
  const queues = await stack.call('GET', '/v1/queues?limit=200');
  await Promise.all(
    (queues['items'] as { name: string }[])
      .filter(({ name }) => name !== 'letters')
      .map(({ name }) => stack.call('DELETE', `/v1/queues/${name}?force=true`)),
  );
  await page.getByRole('link', { name: 'Dead letters are increasing' }).click();
  await page.waitForURL(/\/queues\/letters\?state=dead$/);
  await page.getByRole('table', { name: 'Dead jobs' }).waitFor();
  await page.context().close();
});
