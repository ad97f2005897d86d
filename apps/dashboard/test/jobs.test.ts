import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { TestStack } from './stack.ts';

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([
    TestStack.start(['tried', 'letters', 'large'], { RELAY_REDACT: 'Password, token' }),
    launchBrowser(),
  ]);
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Enqueues a job as the text that it is. */
async function enqueue(queue: string, text: string): Promise<string> {
  const response = await fetch(`${stack.api}/v1/queues/${queue}/jobs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: text,
  });
  const { id } = (await response.json()) as { id: string };
  return id;
}

async function payloadOf(queue: string, id: string): Promise<string> {
  const response = await fetch(`${stack.api}/v1/queues/${queue}/jobs/${id}`);
  return /"payload":(.*?),"result"/s.exec(await response.text())?.[1] ?? '';
}

describe('a job by hand', () => {
  it('is enqueued from a form that checks it, and cloned with every digit', async () => {
    await enqueue('tried', '{"payload":0,"type":"calm"}');
    const { page, refusals, errors } = await openPage(browser);
    await page.goto(`${stack.url}/queues/tried`);
    await button(page, 'Add a test job').click();
    const dialog = page.getByRole('dialog', { name: 'Add a test job to tried' });
    const payload = dialog.getByRole('textbox', { name: 'Payload' });
    await payload.fill('{"n": 1');
    await dialog.getByText('Not valid JSON').waitFor();
    await payload.fill('{"n": 12345678901234567890, "text": "it\'s"}');
    await dialog.getByRole('textbox', { name: 'Type' }).fill('calm');
    await dialog.getByRole('textbox', { name: 'Priority' }).fill('1001');
    await dialog.getByText('A whole number from -1000 to 1000').waitFor();
    await dialog.getByRole('textbox', { name: 'Priority' }).fill('7');
    await dialog.getByRole('textbox', { name: 'Delay' }).fill('2h');
    await dialog.getByRole('button', { name: 'Enqueue the job' }).click();
    await page.waitForURL(/\/queues\/tried\/jobs\//);
    await page.locator('h1').getByText('Scheduled').waitFor();
    const first = new URL(page.url()).pathname;
    await button(page, 'Run now').click();
    await page.locator('h1').getByText('Completed').waitFor();
    await button(page, 'Clone').click();
    const clone = page.getByRole('dialog', { name: 'Clone into a new job' });
    expect(await clone.getByRole('textbox', { name: 'Priority' }).inputValue()).toBe('7');
    await clone.getByRole('button', { name: 'Enqueue the job' }).click();
    await page.waitForURL((url) => url.pathname !== first);
    await page.locator('h1').getByText('Completed').waitFor();
    const id = page.url().split('/').at(-1) ?? '';
    expect(JSON.parse(await payloadOf('tried', id))).toMatchObject({ text: "it's" });
    expect(await payloadOf('tried', id)).toContain('12345678901234567890');
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });

  it('is copied as a command that a shell can run, without a secret', async () => {
    const id = await enqueue(
      'tried',
      `{"payload":{"big":12345678901234567890,"text":"it's $HOME \`x\`"},"type":"calm"}`,
    );
    const { page } = await openPage(browser);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(`${stack.url}/queues/tried/jobs/${id}`);
    await button(page, 'curl').click();
    await button(page, 'Copied').waitFor();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    expect(command).toContain('Bearer $RELAY_API_KEY');
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      `curl() { printf %s "$9"; }\n${command}`,
    ]);
    const body = stdout.trim();
    const again = await enqueue('tried', body);
    expect(await payloadOf('tried', again)).toBe(await payloadOf('tried', id));
    await page.context().close();
  });

  it('does not show what is redacted, and does not send it back as such', async () => {
    const text =
      '{"user":"ada","Password":{"old":"secret-1","new":["secret-2"]},"list":[{"token":"secret-3"},1e400]}';
    const id = await enqueue(
      'tried',
      `{"payload":${text},"type":"calm","headers":{"token":"secret-4"}}`,
    );
    const { page } = await openPage(browser);
    await page.goto(`${stack.url}/queues/tried/jobs/${id}`);
    await page.getByText('"user": "ada"').waitFor();
    const answer = await (
      await page.request.get(`${stack.url}/api/relay/v1/queues/tried/jobs/${id}`)
    ).text();
    expect(answer).not.toContain('secret');
    expect(answer).toContain('"list":[{"token":"[redacted]"},1e400]');
    await button(page, 'Clone').click();
    const dialog = page.getByRole('dialog', { name: 'Clone into a new job' });
    await dialog.getByText('Fill in what is').waitFor();
    const send = dialog.getByRole('button', { name: 'Enqueue the job' });
    expect(await send.getAttribute('aria-disabled')).toBe('true');
    await page.context().close();
  });
});

describe('what is large', () => {
  const HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';

  /** Looks at all of a job's payload and does something else, in a page that still answers. */
  async function lookThrough(page: Page, id: string, last: string): Promise<void> {
    await page.goto(`${stack.url}/queues/large/jobs/${id}`);
    await page.locator('h1').getByText('Dead').waitFor();
    const payload = page.getByRole('region', { name: 'Payload' });
    expect((await payload.textContent())?.length).toBeLessThanOrEqual(65_536);
    await button(page, 'Show all').click();
    await payload.getByText(last).waitFor();
    await button(page, 'Edit and requeue').click();
    const dialog = page.getByRole('dialog', { name: 'Edit the payload and requeue' });
    const editor = dialog.getByRole('textbox', { name: 'Payload' });
    expect(await editor.inputValue()).toContain(last);
    await editor.focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('}');
    await dialog.getByText('Not valid JSON').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'large', exact: true }).click();
    await page.getByRole('link', { name: 'Metrics' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/queues/large');
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  }

  it('a text of a megabyte, and an error that quotes it, are text, and hold nothing up', async () => {
    const message = `${HOSTILE}${'x'.repeat(1_000_000)}the end`;
    const id = await enqueue(
      'large',
      JSON.stringify({ type: 'picky', maxAttempts: 1, payload: { message } }),
    );
    await dead(id);
    const { page, refusals, errors } = await openPage(browser);
    await lookThrough(page, id, 'the end');
    await page.goto(`${stack.url}/queues/large/jobs/${id}`);
    await page.getByRole('region', { name: 'Last error' }).getByText(HOSTILE).first().waitFor();
    await page.goto(`${stack.url}/dead`);
    await page.getByText('<img src=x onerror=').first().waitFor();
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });

  it('JSON of 10,000 lines is shown in lines, and holds nothing up', async () => {
    const lines = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`line ${index}`, `${HOSTILE} ${index}`]),
    );
    const id = await enqueue(
      'large',
      JSON.stringify({ type: 'picky', maxAttempts: 1, payload: lines }),
    );
    await dead(id);
    const { page, refusals, errors } = await openPage(browser);
    await lookThrough(page, id, '"line 9999"');
    expect([refusals, errors]).toEqual([[], []]);
    await page.context().close();
  });

  async function dead(id: string): Promise<void> {
    await until(
      async () => (await stack.call('GET', `/v1/queues/large/jobs/${id}`))['state'] === 'dead',
      { what: 'the death of the job' },
    );
  }
});

describe('a group of dead letters', () => {
  it('is exported with all payloads, and discarded with progress', async () => {
    const jobs = Array.from({ length: 230 }, (_, index) => ({
      type: 'picky',
      maxAttempts: 1,
      payload: { message: `letter ${index} is lost`, token: 'secret-5' },
    }));
    await stack.call('POST', '/v1/queues/letters/jobs/bulk', { jobs });
    // Its breaks are part of its payload.
    await enqueue(
      'letters',
      '{"type":"picky","maxAttempts":1,"payload":{\n"message": "letter 999 is lost",\r\n"big": 12345678901234567890}}',
    );
    await until(async () => (await stack.call('GET', '/v1/queues/letters/stats'))['dead'] === 231, {
      what: '231 dead letters',
    });
    const { page, errors } = await openPage(browser);
    await page.goto(`${stack.url}/dead`);
    await page.getByRole('link', { name: /^letter/ }).click();
    await page.getByRole('table', { name: 'Dead letters', exact: true }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export' }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(231);
    expect(new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id)).size).toBe(231);
    expect(lines.join('')).toContain('12345678901234567890');
    expect(lines.join('')).not.toContain('secret');
    await button(page, 'Discard all…').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard 231 jobs' }).click();
    await page.waitForURL(/\/operations\//);
    await page.getByText('Done', { exact: true }).waitFor();
    expect(await page.getByTestId('progress').textContent()).toBe('231 of 231');
    expect(await stack.call('GET', '/v1/queues/letters/stats')).toMatchObject({ dead: 0 });
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
