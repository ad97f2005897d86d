import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { TestStack } from './stack.ts';

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([TestStack.start(['calm']), launchBrowser()]);
  await stack.call('POST', '/v1/queues/lonely/jobs', { payload: 1 });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

it('a dead gateway leaves the last figures, marked as old, and comes back by itself', async () => {
  const { page, refusals, errors } = await openPage(browser);
  const pill = page.getByTestId('connection').filter({ visible: true });
  await page.goto(`${stack.url}/queues`);
  await pill.filter({ hasText: 'Live' }).waitFor();
  await page.getByRole('row', { name: 'lonely' }).waitFor();

  await stack.killGateway();
  await pill.filter({ hasText: /Stale since \d\d:\d\d:\d\d/ }).waitFor();
  await page.getByText('nothing can be changed until it is back').waitFor();
  expect(await page.getByRole('row', { name: 'lonely' }).count()).toBe(1);
  const pause = page.getByRole('button', { name: 'Pause lonely' });
  expect(await pause.getAttribute('aria-disabled')).toBe('true');
  expect(await pause.getAttribute('title')).toContain('Not possible now');

  const late = await openPage(browser);
  await late.page.goto(`${stack.url}/queues`);
  await late.page.getByText('Nobody answers at its address').waitFor();
  const latePill = late.page.getByTestId('connection').filter({ visible: true });
  await latePill.filter({ hasText: 'Disconnected' }).waitFor();

  const told = () =>
    stack.dashboard
      .lines()
      .filter((line) => line.includes('the gateway'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  // However many requests have failed by now.
  expect(told()).toMatchObject([
    {
      level: 'error',
      component: 'dashboard',
      msg: 'the gateway does not answer',
      method: 'GET',
      status: 502,
      reason: expect.stringContaining('ECONNREFUSED'),
      untold: 0,
    },
  ]);

  await stack.restartGateway();
  await pill.filter({ hasText: /Live|Polling/ }).waitFor();
  expect(told().slice(1)).toMatchObject([{ level: 'info', msg: 'the gateway answers again' }]);
  await late.page.getByRole('row', { name: 'lonely' }).waitFor();
  await page.getByRole('button', { name: 'Pause lonely' }).click();
  await page.getByRole('button', { name: 'Resume lonely' }).waitFor();
  expect([refusals, errors]).toEqual([[], []]);
});

it('serves its probes without a gateway, and this machine only', async () => {
  await stack.killGateway();
  expect(await (await fetch(`${stack.url}/livez`)).json()).toEqual({ status: 'ok' });
  expect(await (await fetch(`${stack.url}/readyz`)).json()).toEqual({
    status: 'ok',
    gateway: 'away',
  });
  await stack.restartGateway();
});
