import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assertConsistent, until } from '@relay/testkit';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { TestStack } from './stack.ts';
import { XSS_CORPUS } from './xss-corpus.ts';

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([TestStack.start(['reports']), launchBrowser()]);
}, 120_000);

afterAll(async () => {
  await browser.close();
  await assertConsistent(stack.redis.url, 'reports');
  await stack[Symbol.asyncDispose]();
});

const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });

describe('schedules', () => {
  it('are made with a preview over the change of clocks, run by hand, changed and deleted', async () => {
    const { page, refusals, errors } = await openPage(browser);
    await page.goto(`${stack.url}/schedules`);
    await page.getByText('No schedules yet').waitFor();
    await page.getByRole('link', { name: 'New schedule' }).click();
    await field(page, 'Name').fill('nightly');
    await field(page, 'Queue').fill('reports');
    await field(page, 'Type').fill('calm');
    await field(page, 'Cron expression').fill('every night');
    await page.getByText('Once its times can be read.').waitFor();
    await field(page, 'Cron expression').fill('30 2 * * *');
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Berlin');
    const around = page.getByRole('list', { name: 'Runs around daylight saving changes' });
    await around.getByText(/Clocks change: GMT\+[12] becomes GMT\+[12]/).waitFor();
    await field(page, 'Payload').fill('{"n": 12345678901234567890}');
    await page.getByRole('checkbox', { name: /^Paused/ }).check();
    await page.getByRole('button', { name: 'Create the schedule' }).click();
    await page.locator('h1').getByText('Paused').waitFor();
    expect(await stack.call('GET', '/v1/schedules/nightly')).toMatchObject({
      paused: true,
      queue: 'reports',
      cron: '30 2 * * *',
      timezone: 'Europe/Berlin',
    });
    await page.getByRole('list', { name: 'Next runs' }).getByText('02:30:00').first().waitFor();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.waitForURL(/\/queues\/reports\/jobs\//);
    await page.locator('h1').getByText('Completed').waitFor();
    await page.getByText('12345678901234567890').first().waitFor();
    await page.goto(`${stack.url}/schedules/nightly?edit=yes`);
    expect(await field(page, 'Payload').inputValue()).toContain('12345678901234567890');
    await page.getByRole('button', { name: 'Interval' }).click();
    await field(page, 'Every').fill('90m');
    await page.getByRole('button', { name: 'Save the schedule' }).click();
    await page.getByRole('cell', { name: 'enqueued' }).waitFor();
    await page.getByRole('button', { name: 'Resume nightly' }).click();
    await page.locator('h1').getByText('On', { exact: true }).waitFor();
    expect(await stack.call('GET', '/v1/schedules/nightly')).toMatchObject({
      everyMs: 5_400_000,
      cron: null,
      paused: false,
    });
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the schedule' }).click();
    await page.getByText('No schedules yet').waitFor();
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });

  it('that two people change at once lose nothing: the second is told, and chooses', async () => {
    const definition = { queue: 'reports', cron: '0 4 * * *', job: { type: 'calm', payload: 1 } };
    await stack.call('PUT', '/v1/schedules/shared', definition);
    const { page, errors } = await openPage(browser);
    await page.goto(`${stack.url}/schedules/shared?edit=yes`);
    await field(page, 'Cron expression').fill('0 5 * * *');
    await stack.call('PUT', '/v1/schedules/shared', { ...definition, cron: '0 6 * * *', limit: 7 });
    // Paused by somebody else too: who did not touch the pause does not take it away.
    await stack.call('POST', '/v1/schedules/shared/pause');
    const told = page.getByRole('alert', { name: 'Changed by somebody else' });
    await told.getByRole('row', { name: 'Times' }).getByText('0 6 * * *').waitFor();
    await page.getByRole('button', { name: 'Save the schedule' }).click();
    await page.getByText('has been changed since it was read').waitFor();
    const kept = await stack.call('GET', '/v1/schedules/shared');
    expect(kept).toMatchObject({ cron: '0 6 * * *', limit: 7, paused: true });
    expect(await field(page, 'Cron expression').inputValue()).toBe('0 5 * * *');
    await told.getByRole('button', { name: 'Take theirs' }).click();
    expect(await field(page, 'Cron expression').inputValue()).toBe('0 6 * * *');
    await told.waitFor({ state: 'detached' });
    await field(page, 'Cron expression').fill('0 8 * * *');
    await page.getByRole('button', { name: 'Save the schedule' }).click();
    // The heading said "Paused" before: that the change has come through is seen at the gateway alone.
    const saved = async () => {
      const now = await stack.call('GET', '/v1/schedules/shared');
      return now['cron'] === '0 8 * * *' && now;
    };
    const after = await until(saved, { what: 'the change to be saved', deadlineMs: 15_000 });
    expect(after).toMatchObject({ limit: 7, paused: true });
    await page.locator('h1').getByText('Paused').waitFor();
    await stack.call('DELETE', '/v1/schedules/shared');
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('say what is wrong with them, and overwrite no other', async () => {
    await stack.call('PUT', '/v1/schedules/hostile', {
      queue: 'reports',
      everyMs: 86_400_000,
      paused: true,
      job: { payload: Object.fromEntries(XSS_CORPUS.map((text) => [text, text])) },
    });
    const { page, refusals, errors } = await openPage(browser);
    await page.goto(`${stack.url}/new-schedule`);
    await field(page, 'Name').fill('hostile');
    await page.getByRole('button', { name: 'Create the schedule' }).click();
    await page.getByText('Letters, digits, dots, dashes and underscores').waitFor();
    await field(page, 'Queue').fill('reports');
    await page.getByRole('button', { name: 'Create the schedule' }).click();
    await page.getByText('A schedule with this name exists').waitFor();
    expect(await stack.call('GET', '/v1/schedules/hostile')).toMatchObject({ paused: true });
    await page.goto(`${stack.url}/schedules/hostile`);
    await page.getByText('<video>').first().waitFor();
    await page.goto(`${stack.url}/schedules/hostile?edit=yes`);
    await field(page, 'Payload').waitFor();
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    await page.goto(`${stack.url}/schedules/none`);
    await page.getByText('Resource not found').waitFor();
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });
});
