import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser, Page } from 'playwright-core';
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

const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
/** That others have deleted what the form is about. */
const told = (page: Page) => page.getByRole('alert', { name: 'Deleted meanwhile' });

describe('a form stays with what was typed, and says so, when others delete', () => {
  it('its schedule: it is made anew from the form', async () => {
    const definition = {
      queue: 'reports',
      cron: '0 4 * * *',
      graceMs: 120_000,
      job: { type: 'calm', payload: 1, maxAttempts: 7 },
    };
    await stack.call('PUT', '/v1/schedules/nightly', definition);
    const { page, refusals, errors } = await openPage(browser);
    await page.goto(`${stack.url}/schedules/nightly?edit=yes`);
    await field(page, 'Cron expression').fill('0 5 * * *');
    await stack.call('DELETE', '/v1/schedules/nightly');
    await told(page).getByText('This schedule has been deleted meanwhile.').waitFor();
    expect(await field(page, 'Cron expression').inputValue()).toBe('0 5 * * *');
    await button(page, 'Create the schedule again').click();
    await page.waitForURL((url) => url.search === '');
    await page.getByText('It has not fired yet.').waitFor();
    expect(await stack.call('GET', '/v1/schedules/nightly')).toMatchObject({
      ...definition,
      cron: '0 5 * * *',
    });
    await stack.call('DELETE', '/v1/schedules/nightly');
    await page.getByText('Resource not found').waitFor();
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });

  it('its queue: settings can be saved once the queue is back', async () => {
    await stack.call('POST', '/v1/queues/brief/jobs', { payload: 1 });
    const { page, refusals, errors } = await openPage(browser);
    await page.goto(`${stack.url}/queues/brief?tab=settings`);
    await field(page, 'Concurrency').fill('3');
    await stack.call('DELETE', '/v1/queues/brief?force=true');
    await told(page).getByText('This queue has been deleted meanwhile.').waitFor();
    expect(await field(page, 'Concurrency').inputValue()).toBe('3');
    const review = button(page, 'Review changes');
    expect(await review.getAttribute('aria-disabled')).toBe('true');
    expect(await review.getAttribute('title')).toBe('The queue no longer exists');
    await stack.call('POST', '/v1/queues/brief/jobs', { payload: 1 });
    await told(page).waitFor({ state: 'detached' });
    await review.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('Saved. In force at the next claim.').waitFor();
    expect(await stack.call('GET', '/v1/queues/brief')).toMatchObject({
      config: { concurrency: 3 },
    });
    // With nothing typed there is nothing to keep.
    await stack.call('DELETE', '/v1/queues/brief?force=true');
    await page.getByText('Resource not found').waitFor();
    expect(await field(page, 'Concurrency').count()).toBe(0);
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });

  it('its queue: a new job makes it anew', async () => {
    await stack.call('POST', '/v1/queues/fleeting/jobs', { payload: 1 });
    const { page } = await openPage(browser);
    await page.goto(`${stack.url}/queues/fleeting`);
    await button(page, 'Add a test job').click();
    await field(page, 'Payload').fill('{"kept": true}');
    await stack.call('DELETE', '/v1/queues/fleeting?force=true');
    await told(page).waitFor();
    expect(await field(page, 'Payload').inputValue()).toBe('{"kept": true}');
    await button(page, 'Enqueue the job').click();
    await page.waitForURL(/\/queues\/fleeting\/jobs\//);
    await page.locator('h1').getByText('Ready').waitFor();
    await page.context().close();
  });

  it.each(['Purge', 'Delete'])('its queue: %s that is being confirmed', async (action) => {
    await stack.call('POST', '/v1/queues/doomed/jobs', { payload: 1 });
    const { page } = await openPage(browser);
    await page.goto(`${stack.url}/queues/doomed?tab=danger`);
    await button(page, `${action}…`).click();
    const dialog = page.getByRole('dialog', { name: `${action} doomed` });
    await dialog.getByRole('textbox').fill('doomed');
    await stack.call('DELETE', '/v1/queues/doomed?force=true');
    await told(page).getByText('This queue has been deleted meanwhile.').waitFor();
    expect(await dialog.getByRole('textbox').inputValue()).toBe('doomed');
    const go = dialog.getByRole('button', { name: /^(Remove|Delete) / });
    expect(await go.getAttribute('aria-disabled')).toBe('true');
    expect(await go.getAttribute('title')).toBe('The queue no longer exists');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Resource not found').waitFor();
    expect(await button(page, `${action}…`).count()).toBe(0);
    await page.context().close();
  });

  it('its job: the payload can still be copied', async () => {
    const job = { type: 'picky', payload: { fail: true }, maxAttempts: 1 };
    const { id } = await stack.call('POST', '/v1/queues/letters/jobs', job);
    const path = `/v1/queues/letters/jobs/${String(id)}`;
    const isDead = async () => (await stack.call('GET', path))['state'] === 'dead';
    await until(isDead, { what: 'the job to die', deadlineMs: 15_000 });
    const { page } = await openPage(browser);
    await page.goto(`${stack.url}/queues/letters/jobs/${String(id)}`);
    await button(page, 'Edit and requeue').click();
    await field(page, 'Payload').fill('{"fail": false}');
    await stack.call('DELETE', path);
    await told(page).getByText('This job has been deleted meanwhile.').waitFor();
    expect(await field(page, 'Payload').inputValue()).toBe('{"fail": false}');
    const requeue = button(page, 'Requeue with this payload');
    expect(await requeue.getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Resource not found').waitFor();
    expect(await button(page, 'Edit and requeue').count()).toBe(0);
    await page.context().close();
  });
});
