import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser } from 'playwright-core';
import { findings } from './axe.ts';
import { openPage } from './browser.ts';
import { credentials, fill, LoginStack, PASSWORD } from './login-support.ts';
import type { TestStack } from './stack.ts';

let logins: LoginStack;
let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  logins = await LoginStack.start();
  ({ stack, browser } = logins);
}, 120_000);

afterAll(async () => {
  await logins[Symbol.asyncDispose]();
});

describe('a login', () => {
  it('leads a stranger to where they wanted to go', async () => {
    const { page, refusals, errors } = await openPage(browser);
    await page.goto(`${stack.url}/queues?search=lone`);
    expect(new URL(page.url()).pathname).toBe('/login');
    await fill(page, 'the-viewer', 'wrong password');
    await page.getByRole('alert').getByText('The name or password is wrong.').waitFor();
    await fill(page, 'nobody-at-all');
    await page.getByRole('alert').getByText('The name or password is wrong.').waitFor();
    await fill(page, 'the-viewer');
    await page.waitForURL(`${stack.url}/queues?search=lone`);
    await page.getByRole('row', { name: 'lonely' }).waitFor();
    const menu = page.getByTestId('user').filter({ visible: true });
    expect(await menu.getAttribute('aria-label')).toBe('the-viewer, viewer');
    const cookies = await page.context().cookies();
    const cookie = cookies.find(({ name }) => name === 'relay-session');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', secure: false, path: '/' });
    expect(cookie?.expires).toBeLessThanOrEqual(Date.now() / 1_000 + 3_600);
    expect(await page.evaluate('document.cookie')).not.toContain('relay-session');
    expect([refusals, errors]).toEqual([[], []]);

    await page.goto(`${stack.url}/login?next=//evil.example`);
    await page.waitForURL(`${stack.url}/`);
    await menu.click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${stack.url}/login`);
    await page.goto(`${stack.url}/workers`);
    expect(page.url()).toBe(`${stack.url}/login?next=%2Fworkers`);
    const replayed = await logins.ask('/api/session', { cookie: `relay-session=${cookie?.value}` });
    expect(replayed.slug).toBe('login-required');
    await page.context().close();
  });

  it('is asked for by every page and every route', async () => {
    for (const path of ['/', '/queues', '/queues/a/jobs/b', '/no-such-page']) {
      // oxlint-disable-next-line no-await-in-loop
      const { status, headers, text } = await logins.ask(path);
      expect([status, text.length < 100]).toEqual([303, true]);
      const target = new URL(headers.get('location') ?? '', stack.url);
      expect(target.origin + target.pathname).toBe(`${stack.url}/login`);
    }
    const cookie = await logins.cookieOf('the-admin');
    const [head = '', ...rest] = cookie.split('.');
    const forged = `${head.slice(0, -1)}${head.endsWith('A') ? 'B' : 'A'}.${rest.join('.')}`;
    for (const path of ['/v1/overview', '/v1/events', '/v1/queues/lonely']) {
      for (const held of [undefined, forged, 'relay-session=', 'relay-session=x.y']) {
        // oxlint-disable-next-line no-await-in-loop
        const answer = await logins.ask(
          `/api/relay${path}`,
          held === undefined ? {} : { cookie: held },
        );
        expect([answer.status, answer.slug]).toEqual([401, 'login-required']);
      }
    }
    expect((await logins.ask('/queues', { cookie: forged })).status).toBe(303);
    expect((await logins.ask('/livez')).status).toBe(200);
    expect((await logins.ask('/readyz')).status).toBe(200);
  });

  it('has a cookie for https alone where it came by https', async () => {
    const headers = { 'X-Forwarded-Proto': 'https' };
    const answer = await logins.ask('/api/session', { ...credentials('the-viewer'), headers });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-relay-session=\S+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  it('is slow for who guesses, and says for how long', async () => {
    const guess = () => logins.ask('/api/session', credentials('mallory', 'guess'));
    const answers = [];
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as a guesser's.
    for (let n = 0; n < 6; n++) answers.push(await guess());
    const last = answers.at(-1);
    expect(answers.slice(0, 5).map(({ slug }) => slug)).toEqual(Array(5).fill('login-failed'));
    expect([last?.status, last?.slug]).toEqual([429, 'too-many-logins']);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    const { page } = await openPage(browser);
    await page.goto(`${stack.url}/login`);
    await fill(page, 'mallory');
    await page
      .getByRole('alert')
      .getByText(/Too many attempts\. Try again in \d+ s/)
      .waitFor();
    await page.context().close();
  });

  it('is taken from our own pages only, as every write is', async () => {
    const cookie = await logins.cookieOf('the-admin');
    const foreign = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' };
    const write = { method: 'POST', cookie, body: {} };
    for (const headers of [
      foreign,
      { 'X-Relay-Dashboard': '' },
      { Origin: 'https://evil.example' },
    ]) {
      // oxlint-disable no-await-in-loop
      const answers = [
        await logins.ask('/api/session', { ...credentials('the-viewer'), headers }),
        await logins.ask('/api/session', { method: 'DELETE', cookie, headers }),
        await logins.ask('/api/relay/v1/queues/lonely/pause', { ...write, headers }),
      ];
      // oxlint-enable no-await-in-loop
      expect(answers.map(({ status, slug }) => [status, slug])).toEqual(
        answers.map(() => [403, 'forbidden']),
      );
    }
    expect((await logins.ask('/api/session', { cookie })).status).toBe(200);
    for (const body of [null, [], { name: 'x' }, { name: 1, password: 2 }, 'x'.repeat(9_000)]) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await logins.ask('/api/session', { method: 'POST', body })).slug).toBe('malformed');
    }
  });
});

it('a session that ends in the middle of an action is begun anew in place, and the action repeated', async () => {
  const job = { type: 'picky', maxAttempts: 1, payload: { message: 'no such customer' } };
  const { id } = await stack.call('POST', '/v1/queues/orders/jobs', job);
  await until(
    async () =>
      (await stack.call('GET', `/v1/queues/orders/jobs/${String(id)}`))['state'] === 'dead',
    { what: 'the death of the job' },
  );
  const path = `/queues/orders/jobs/${String(id)}`;
  const page = await logins.openAs('operator', path);
  await page.getByRole('button', { name: 'Edit and requeue' }).click();
  const editor = page.getByRole('textbox', { name: 'Payload' });
  await editor.fill('{"fail":false,"typed":"by hand"}');
  await logins.user(['passwd', '--name', 'the-operator'], 'another password');
  const asked = page.getByRole('dialog', { name: 'Your session has ended' });
  await asked.waitFor();
  await page.getByTestId('connection').filter({ visible: true, hasText: 'Signed out' }).waitFor();
  expect(await asked.getByLabel('Name').inputValue()).toBe('the-operator');
  expect(await findings(page)).toEqual([]);
  await asked.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await asked.getByText('The name or password is wrong.').waitFor();
  await page.keyboard.press('Escape');
  await asked.getByLabel('Password').fill('another password');
  await asked.getByRole('button', { name: 'Log in' }).click();
  await asked.waitFor({ state: 'detached' });
  expect(page.url()).toBe(`${stack.url}${path}`);
  expect(await editor.inputValue()).toBe('{"fail":false,"typed":"by hand"}');
  await page.getByTestId('connection').filter({ visible: true, hasText: 'Live' }).waitFor();
  await page.getByRole('button', { name: 'Requeue with this payload' }).click();
  await editor.waitFor({ state: 'detached' });
  const after = await stack.call('GET', `/v1/queues/orders/jobs/${String(id)}`);
  expect(after['payload']).toEqual({ fail: false, typed: 'by hand' });
  const lines = stack.dashboard.lines().filter((line) => line.includes('/requeue'));
  expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({
    msg: 'change',
    user: 'the-operator',
    role: 'operator',
    status: 200,
  });
  await page.context().close();
});

it.each(['light', 'dark'] as const)(
  'the login keeps nobody out, in the %s theme',
  async (theme) => {
    const { page } = await openPage(browser, { theme, width: 390, height: 844 });
    await page.goto(`${stack.url}/login`);
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    expect(await findings(page)).toEqual([]);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    await page.getByLabel('Name').focus();
    await page.keyboard.type('the-viewer');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${stack.url}/`);
    await page.context().close();
  },
);
