import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { TestStack } from './stack.ts';
import { XSS_CORPUS } from './xss-corpus.ts';

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([
    TestStack.start(['orders', 'mail', 'hostile']),
    launchBrowser(),
  ]);
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

/** Enqueues jobs that fail at once and waits until they are dead. */
async function kill(queue: string, payloads: readonly unknown[], type = 'picky'): Promise<void> {
  const jobs = payloads.map((payload) => ({ type, maxAttempts: 1, payload }));
  await stack.call('POST', `/v1/queues/${queue}/jobs/bulk`, { jobs });
  await until(
    async () => (await stack.call('GET', `/v1/queues/${queue}/stats`))['dead'] === jobs.length,
    { what: `${jobs.length} dead letters in ${queue}` },
  );
}

describe('dead letters', () => {
  it('are sent back with an edited payload, which completes', async () => {
    await kill('orders', [{ fail: true, message: 'no such customer', big: 1 }]);
    const { page, refusals, errors } = await openPage(browser);
    await page.goto(`${stack.url}/dead`);
    await page.getByRole('link', { name: 'no such customer' }).click();
    // Until the group is shown, the row header is that of the list of groups.
    const letters = page.getByRole('table', { name: 'Dead letters', exact: true });
    await letters.getByRole('rowheader').getByRole('link').click();
    await page.getByRole('button', { name: 'Edit and requeue' }).click();
    const field = page.getByRole('textbox', { name: 'Payload' });
    expect(await field.inputValue()).toContain('"fail": true');
    await field.fill('{"fail": ');
    await page.getByText('Not valid JSON').waitFor();
    await field.fill('{"fail": false, "id": 12345678901234567890}');
    await page.getByRole('button', { name: 'Requeue with this payload' }).click();
    await page.locator('h1').getByText('Completed').waitFor();
    await page.getByText('"at last"').waitFor();
    // Parsed as a number it would end in 8000.
    await page.getByText('12345678901234567890').first().waitFor();
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });

  it('go back as a group, with progress', async () => {
    await kill(
      'mail',
      Array.from({ length: 25 }, (_, index) => ({ message: `mailbox ${index} is full` })),
    );
    await stack.call('POST', '/v1/queues/mail/pause');
    const { page } = await openPage(browser);
    await page.goto(`${stack.url}/dead`);
    const row = page.getByRole('row').filter({ hasText: 'mailbox' });
    await row.getByRole('button', { name: 'Requeue all' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Requeue 25 jobs' }).click();
    await page.waitForURL(/\/operations\//);
    await page.getByText('Done', { exact: true }).waitFor();
    expect(await page.getByTestId('progress').textContent()).toBe('25 of 25');
    expect(await stack.call('GET', '/v1/queues/mail/stats')).toMatchObject({ ready: 25, dead: 0 });
    await page.context().close();
  });
});

describe('texts that would run', () => {
  it('stay texts, wherever they are shown', async () => {
    expect(XSS_CORPUS).toHaveLength(40);
    const messages = Array.from({ length: 5 }, (_, index) =>
      XSS_CORPUS.slice(index * 8, index * 8 + 8),
    );
    await kill(
      'hostile',
      messages.map((texts) => ({
        message: texts.join('\n'),
        ...Object.fromEntries(texts.map((text) => [text, text])),
      })),
    );
    const { page, refusals, errors } = await openPage(browser);
    const list = (await stack.call('GET', '/v1/queues/hostile/dead-letters?limit=200')) as {
      items: { id: string }[];
    };
    await page.goto(`${stack.url}/dead`);
    await page.getByText('<video>').filter({ visible: true }).first().waitFor();
    await page.goto(`${stack.url}/queues/hostile?state=dead`);
    await page.getByText('<video>').filter({ visible: true }).first().waitFor();
    for (const { id } of list.items) {
      // oxlint-disable-next-line no-await-in-loop -- one page, one job after the other.
      await page.goto(`${stack.url}/queues/hostile/jobs/${id}`);
      // oxlint-disable-next-line no-await-in-loop
      await page.getByRole('region', { name: 'Last error' }).waitFor();
    }
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });
});
