import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { TestStack } from './stack.ts';

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([TestStack.start(['limited']), launchBrowser()]);
  await stack.call('POST', '/v1/queues/limited/jobs', { type: 'calm', payload: 0 });
  await stack.call('POST', '/v1/queues/shared/jobs', { type: 'calm', payload: 0 });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

async function openSettings(queue: string): Promise<Page> {
  const { page } = await openPage(browser);
  await page.goto(`${stack.url}/queues/${queue}?tab=settings`);
  await page.getByRole('textbox', { name: 'Concurrency' }).waitFor();
  return page;
}

const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });

/** Lets the page see the queue as it is now until it has tried to save: as if both saved at once. */
async function freezeUntilSaved(page: Page, queue: string): Promise<void> {
  const path = `${stack.url}/api/relay/v1/queues/${queue}`;
  const body = await (await page.request.get(path)).text();
  let frozen = true;
  await page.route(path, async (route) => {
    if (route.request().method() === 'GET') {
      if (!frozen) return await route.continue();
      await route.fulfill({ body, contentType: 'application/json' });
      return;
    }
    const response = await route.fetch();
    frozen = false;
    await route.fulfill({ response });
  });
}

async function review(page: Page) {
  await page.getByRole('button', { name: 'Review changes' }).click();
  return page.getByRole('dialog', { name: /^Change settings/ });
}

async function settingsOf(queue: string): Promise<Record<string, unknown>> {
  return (await stack.call('GET', `/v1/queues/${queue}`))['config'] as Record<string, unknown>;
}

const completed = async () =>
  Number((await stack.call('GET', '/v1/queues/limited/stats'))['completed']);

describe('a queue', () => {
  it('that is deleted while it is open is no longer shown', async () => {
    await stack.call('POST', '/v1/queues/short-lived/jobs', { payload: 0 });
    const page = await openSettings('short-lived');
    await stack.call('DELETE', '/v1/queues/short-lived?force=true');
    await page.getByText('Resource not found').waitFor();
    expect(await page.getByRole('button', { name: 'Review changes' }).count()).toBe(0);
    await page.context().close();
  });
});

describe('the settings of a queue', () => {
  it('are compared before they are saved, and felt afterwards', async () => {
    const page = await openSettings('limited');
    await field(page, 'Starts').fill('one');
    await page.getByText('A whole number').waitFor();
    await field(page, 'Starts').fill('3');
    await field(page, 'Period').fill('1h');
    await field(page, 'Burst').fill('3');
    await field(page, 'Attempts').fill('7');
    await field(page, 'Dead, for').fill('30d');
    await page.getByRole('combobox', { name: 'Jitter' }).selectOption('none');
    const dialog = await review(page);
    await dialog.getByRole('row', { name: 'Starts no limit 3' }).waitFor();
    await dialog.getByRole('row', { name: /^Attempts \d+ 7$/ }).waitFor();
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('Saved. In force at the next claim.').waitFor();
    expect(await settingsOf('limited')).toMatchObject({
      rateLimit: { rate: 3, perMs: 3_600_000, burst: 3 },
      defaults: { maxAttempts: 7, backoff: { jitter: 'none' } },
      retention: { dead: { maxAgeMs: 30 * 86_400_000 } },
    });
    // A worker now starts three jobs, and then none for twenty minutes.
    const before = await completed();
    const jobs = Array.from({ length: 9 }, () => ({ type: 'calm', payload: 1 }));
    await stack.call('POST', '/v1/queues/limited/jobs/bulk', { jobs });
    await until(async () => (await completed()) === before + 3, { what: 'three jobs to be run' });
    expect(await stack.call('GET', '/v1/queues/limited/stats')).toMatchObject({ ready: 6 });
    // Taken away, the other six run too.
    await field(page, 'Starts').fill('');
    const lifting = await review(page);
    await lifting.getByRole('row', { name: 'Starts 3 no limit' }).waitFor();
    await lifting.getByRole('button', { name: 'Save changes' }).click();
    await until(async () => (await completed()) === before + 9, { what: 'all jobs to be run' });
    await page.context().close();
  });

  it('tell the second of two operators what the first has changed', async () => {
    const [first, second] = [await openSettings('shared'), await openSettings('shared')];
    await freezeUntilSaved(second, 'shared');
    await field(second, 'Maximum waiting').fill('5,000');
    const comparison = await review(second);
    await comparison.getByRole('row', { name: 'Maximum waiting no limit 5,000' }).waitFor();
    await field(first, 'Concurrency').fill('4');
    const own = await review(first);
    await own.getByRole('button', { name: 'Save changes' }).click();
    await first.getByText('Saved. In force at the next claim.').waitFor();
    await comparison.getByRole('button', { name: 'Save changes' }).click();
    const told = second.getByRole('alert', {
      name: 'Changed by somebody else',
      includeHidden: true,
    });
    await told.getByRole('row', { name: 'Concurrency no limit 4', includeHidden: true }).waitFor();
    expect(await settingsOf('shared')).toMatchObject({ concurrency: 4, maxReady: null });
    await comparison.getByRole('button', { name: 'Save changes' }).click();
    await second.getByText('Saved. In force at the next claim.').waitFor();
    expect(await settingsOf('shared')).toMatchObject({ concurrency: 4, maxReady: 5_000 });
    await Promise.all([first.context().close(), second.context().close()]);
  });
});
