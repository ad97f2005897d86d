import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser } from 'playwright-core';
import { findings } from './axe.ts';
import { launchBrowser, openPage } from './browser.ts';
import { TestStack } from './stack.ts';

const PHONE_PX = 390;

let stack: TestStack;
let browser: Browser;
const paths: string[] = [];

beforeAll(async () => {
  [stack, browser] = await Promise.all([TestStack.start(['orders']), launchBrowser()]);
  const job = { type: 'picky', maxAttempts: 1, payload: { message: 'no such customer' } };
  const { id } = await stack.call('POST', '/v1/queues/orders/jobs', job);
  await stack.call('POST', '/v1/queues/lonely/jobs', { payload: 1 });
  await stack.call('POST', '/v1/queues/lonely/pause');
  const groups = await until(
    async () => {
      const answer = await stack.call('GET', '/v1/dead-letters/groups');
      const items = answer['items'] as { group: string }[];
      return items.length > 0 && items;
    },
    { what: 'a dead letter' },
  );
  const { operationId } = await stack.call('POST', '/v1/queues/lonely/jobs/actions', {
    action: 'promote',
    filter: {},
  });
  await stack.call('PUT', '/v1/schedules/nightly', {
    queue: 'lonely',
    cron: '30 2 * * *',
    timezone: 'Europe/Berlin',
    job: { payload: 1 },
  });
  paths.push(
    '/',
    '/queues',
    '/queues/lonely',
    '/queues/orders?tab=metrics',
    '/queues/orders?tab=settings',
    '/queues/orders?tab=danger',
    `/queues/orders/jobs/${String(id)}`,
    '/queues/orders/jobs/none',
    '/no-such-page',
    // A percent sign, and what stands for no text at all.
    '/schedules/%25',
    '/queues/%E0%A4%A',
    '/dead',
    `/dead?queue=orders&group=${groups[0]!.group}`,
    '/schedules',
    '/schedules/nightly',
    '/schedules/nightly?edit=yes',
    '/new-schedule',
    '/workers',
    `/operations/${String(operationId)}`,
  );
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

/** One look at each page for everything: to load them is what takes long. */
describe('every page', () => {
  it('has no serious or critical finding in either theme, and fits a phone', async () => {
    const { page } = await openPage(browser);
    const found: Record<string, unknown> = {};
    for (const path of paths) {
      // oxlint-disable no-await-in-loop -- one page after the other.
      await page.goto(`${stack.url}${path}`);
      await page.getByTestId('connection').filter({ visible: true, hasText: 'Live' }).waitFor();
      await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
      for (const theme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: theme });
        const serious = await findings(page);
        if (serious.length > 0) found[`${path} ${theme}`] = serious;
      }
      await page.setViewportSize({ width: PHONE_PX, height: 844 });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > PHONE_PX) found[`${path} phone`] = `${width} px wide`;
      const hidden = await page
        .getByRole('navigation', { name: 'Main' })
        .evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
      if (hidden > 0) found[`${path} navigation`] = `${hidden} px of it are hidden`;
      await page.setViewportSize({ width: 1440, height: 900 });
      // oxlint-enable no-await-in-loop
    }
    expect(found).toEqual({});
    await page.context().close();
  }, 180_000);
});

describe('by keyboard', () => {
  it('leads to a page, a row, the help and back', async () => {
    const { page } = await openPage(browser);
    await page.goto(stack.url);
    await page.getByTestId('verdict').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('q');
    await page.waitForURL(/\/queues$/);
    await page.getByRole('row', { name: 'lonely' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.keyboard.type('ord');
    await page.waitForURL(/search=ord/);
    await page.getByRole('row', { name: 'lonely' }).waitFor({ state: 'detached' });
    await page.getByRole('columnheader', { name: 'Ready' }).getByRole('button').press('Enter');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/queues\/orders$/);
    await page.getByRole('link', { name: 'Settings' }).press('Enter');
    await page.getByRole('textbox', { name: 'Concurrency' }).press('9');
    await page.getByRole('button', { name: 'Review changes' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Change settings of orders' });
    await dialog.getByRole('button', { name: 'Save changes' }).press('Enter');
    await page.getByText('Saved. In force at the next claim.').waitFor();
    expect(await stack.call('GET', '/v1/queues/orders')).toMatchObject({
      config: { concurrency: 9 },
    });
    await page.getByRole('link', { name: 'Jobs', exact: true }).focus();
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForURL(/\/schedules$/);
    await page.getByRole('row', { name: 'nightly' }).waitFor();
    await page.context().close();
  });
});
