import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Permission, ROLE_PERMISSIONS, ROUTES, type RouteDescriptor } from '@relay/contract';
import { until } from '@relay/testkit';
import type { Browser, Page } from 'playwright-core';
import { USER_ROLES, type UserRole } from '../src/server/auth/user-file.ts';
import { runUsersCommand } from '../src/server/auth/users-command.ts';
import { findings } from './axe.ts';
import { launchBrowser, openPage } from './browser.ts';
import { pagesWithActions } from './role-actions.ts';
import { TestStack } from './stack.ts';

const PASSWORD = 'correct horse battery';
let stack: TestStack;
let browser: Browser;
let dir: string;

async function user(args: readonly string[], password = PASSWORD): Promise<void> {
  const err: string[] = [];
  const code = await runUsersCommand([...args, '--file', join(dir, 'users.json')], {
    env: {},
    out: () => undefined,
    err: (line) => err.push(line),
    password: async () => password,
  });
  expect([code, err]).toEqual([0, expect.any(Array)]);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'relay-login-'));
  for (const role of USER_ROLES) {
    // oxlint-disable-next-line no-await-in-loop -- each adds to the same file.
    await user(['create', '--name', `the-${role}`, '--role', role]);
  }
  await user(['create', '--name', 'ann', '--role', 'operator']);
  const environment = { RELAY_USERS_FILE: join(dir, 'users.json') };
  [stack, browser] = await Promise.all([TestStack.start(['orders'], environment), launchBrowser()]);
  await stack.call('POST', '/v1/queues/lonely/jobs', { payload: 1 });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

interface Call {
  readonly method?: string;
  readonly cookie?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Calls the dashboard's server as its pages do. */
async function ask(path: string, { method = 'GET', cookie, body, headers }: Call = {}) {
  const response = await fetch(`${stack.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      'X-Relay-Dashboard': '1',
      ...(cookie === undefined ? {} : { Cookie: cookie }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const isStream = response.headers.get('content-type') === 'text/event-stream';
  if (isStream) await response.body?.cancel();
  const text = isStream ? '' : await response.text();
  const isProblem = response.headers.get('content-type')?.includes('problem+json') === true;
  const slug = isProblem ? (JSON.parse(text) as { type: string }).type.split('/').at(-1) : '';
  return { status: response.status, headers: response.headers, text, slug };
}

const credentials = (name: string, password = PASSWORD): Call => ({
  method: 'POST',
  body: { name, password },
});

/** Logs in, and gives the cookie. */
async function cookieOf(name: string, password = PASSWORD): Promise<string> {
  const { status, headers } = await ask('/api/session', credentials(name, password));
  expect(status).toBe(200);
  return headers.get('set-cookie')?.split(';')[0] ?? '';
}

async function fill(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

async function openAs(role: UserRole, path: string): Promise<Page> {
  const { page } = await openPage(browser);
  await page.goto(`${stack.url}/login?next=${encodeURIComponent(path)}`);
  await fill(page, `the-${role}`);
  await page.waitForURL(`${stack.url}${path}`);
  return page;
}

describe('a login', () => {
  it('leads a stranger to where they wanted to go', async () => {
    const { page, refusals, errors } = await openPage(browser);
    await page.goto(`${stack.url}/queues?search=lone`);
    expect(new URL(page.url()).pathname).toBe('/login');
    await fill(page, 'the-viewer', 'wrong password');
    await page.getByRole('alert').getByText('The name or the password is not right.').waitFor();
    await fill(page, 'nobody-at-all');
    await page.getByRole('alert').getByText('The name or the password is not right.').waitFor();
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
    const replayed = await ask('/api/session', { cookie: `relay-session=${cookie?.value}` });
    expect(replayed.slug).toBe('login-required');
    await page.context().close();
  });

  it('is asked for by every page and every route', async () => {
    for (const path of ['/', '/queues', '/queues/a/jobs/b', '/no-such-page']) {
      // oxlint-disable-next-line no-await-in-loop
      const { status, headers, text } = await ask(path);
      expect([status, text.length < 100]).toEqual([303, true]);
      const target = new URL(headers.get('location') ?? '', stack.url);
      expect(target.origin + target.pathname).toBe(`${stack.url}/login`);
    }
    const cookie = await cookieOf('the-admin');
    const [head = '', ...rest] = cookie.split('.');
    const forged = `${head.slice(0, -1)}${head.endsWith('A') ? 'B' : 'A'}.${rest.join('.')}`;
    for (const path of ['/v1/overview', '/v1/events', '/v1/queues/lonely']) {
      for (const held of [undefined, forged, 'relay-session=', 'relay-session=x.y']) {
        // oxlint-disable-next-line no-await-in-loop
        const answer = await ask(`/api/relay${path}`, held === undefined ? {} : { cookie: held });
        expect([answer.status, answer.slug]).toEqual([401, 'login-required']);
      }
    }
    expect((await ask('/queues', { cookie: forged })).status).toBe(303);
    expect((await ask('/livez')).status).toBe(200);
    expect((await ask('/readyz')).status).toBe(200);
  });

  it('has a cookie for https alone where it came by https', async () => {
    const headers = { 'X-Forwarded-Proto': 'https' };
    const answer = await ask('/api/session', { ...credentials('the-viewer'), headers });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-relay-session=\S+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  it('is slow for who guesses, and says for how long', async () => {
    const guess = () => ask('/api/session', credentials('mallory', 'guess'));
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
    const cookie = await cookieOf('the-admin');
    const foreign = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' };
    const write = { method: 'POST', cookie, body: {} };
    for (const headers of [
      foreign,
      { 'X-Relay-Dashboard': '' },
      { Origin: 'https://evil.example' },
    ]) {
      // oxlint-disable no-await-in-loop
      const answers = [
        await ask('/api/session', { ...credentials('the-viewer'), headers }),
        await ask('/api/session', { method: 'DELETE', cookie, headers }),
        await ask('/api/relay/v1/queues/lonely/pause', { ...write, headers }),
      ];
      // oxlint-enable no-await-in-loop
      expect(answers.map(({ status, slug }) => [status, slug])).toEqual(
        answers.map(() => [403, 'forbidden']),
      );
    }
    expect((await ask('/api/session', { cookie })).status).toBe(200);
    for (const body of [null, [], { name: 'x' }, { name: 1, password: 2 }, 'x'.repeat(9_000)]) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await ask('/api/session', { method: 'POST', body })).slug).toBe('malformed');
    }
  });
});

describe('a role', () => {
  const proxied: RouteDescriptor[] = Object.values(ROUTES);

  it.each(USER_ROLES)('of %s may do what the contract says, and nothing else', async (role) => {
    const cookie = await cookieOf(`the-${role}`);
    const wrong: string[] = [];
    for (const { method, path, permission } of proxied) {
      const target = `/api/relay${path.replaceAll(/\{\w+\}/g, 'none')}`;
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
      // oxlint-disable-next-line no-await-in-loop
      const { status, slug, text } = await ask(target, { method, cookie, ...body });
      if (status === 405 || text.includes('No such route here')) continue;
      // An action that is not named counts as the worst one.
      const needed: (Permission | null)[] = path.endsWith('/jobs/actions')
        ? [permission, 'jobs.delete']
        : [permission];
      const may = needed.every((one) => one === null || ROLE_PERMISSIONS[role].includes(one));
      if ((slug !== 'role-forbidden') !== may || status === 401) {
        wrong.push(`${method} ${path}: ${status} ${slug}`);
      }
    }
    expect(wrong).toEqual([]);
    const actions = '/api/relay/v1/queues/lonely/jobs/actions';
    const discard = { action: 'delete', filter: { state: 'dead' } };
    const { status } = await ask(actions, { method: 'POST', cookie, body: discard });
    expect(status).toBe(role === 'admin' ? 202 : 403);
  });

  it('shows what it may do, and hides the rest', async () => {
    const pages = await pagesWithActions(stack);
    const wrong: string[] = [];
    for (const role of USER_ROLES) {
      // oxlint-disable no-await-in-loop -- one page after the other.
      const page = await openAs(role, '/workers');
      for (const { path, shows, actions } of pages) {
        await page.goto(`${stack.url}${path}`);
        await page.getByRole('main').getByText(shows).first().waitFor();
        for (const [name, permission] of Object.entries(actions)) {
          const action = page
            .getByRole('button', { name, exact: true })
            .or(page.getByRole('link', { name, exact: true }))
            .filter({ visible: true });
          const may = ROLE_PERMISSIONS[role].includes(permission);
          if (may) await action.first().waitFor();
          else if ((await action.count()) > 0) wrong.push(`${role}: ${name} at ${path}`);
        }
      }
      await page.context().close();
      // oxlint-enable no-await-in-loop
    }
    expect(wrong).toEqual([]);
  });

  it('that is taken away is gone at the next request', async () => {
    const cookie = await cookieOf('ann');
    const pause = (action: string) =>
      ask(`/api/relay/v1/queues/lonely/${action}`, { method: 'POST', cookie, body: {} });
    expect((await pause('pause')).status).toBe(200);
    expect((await pause('resume')).status).toBe(200);
    await user(['role', '--name', 'ann', '--role', 'viewer']);
    expect((await pause('pause')).slug).toBe('role-forbidden');
    expect((await ask('/api/relay/v1/overview', { cookie })).status).toBe(200);
    // A session is ended for every replica by the file that all of them read.
    const elsewhere = await cookieOf('the-viewer');
    await user(['logout', '--name', 'the-viewer']);
    expect((await ask('/api/relay/v1/overview', { cookie: elsewhere })).slug).toBe(
      'login-required',
    );
    expect((await ask('/api/session', { cookie: await cookieOf('the-viewer') })).status).toBe(200);
    const stream = await fetch(`${stack.url}/api/relay/v1/events`, { headers: { Cookie: cookie } });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    await user(['remove', '--name', 'ann']);
    expect((await ask('/api/relay/v1/overview', { cookie })).slug).toBe('login-required');
    // It ends; were it open for ever, so would this.
    expect(await stream.text()).toContain('event: snapshot');
    expect((await ask('/api/session', credentials('ann'))).slug).toBe('login-failed');
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
  const page = await openAs('operator', path);
  await page.getByRole('button', { name: 'Edit and requeue' }).click();
  const editor = page.getByRole('textbox', { name: 'Payload' });
  await editor.fill('{"fail":false,"typed":"by hand"}');
  await user(['passwd', '--name', 'the-operator'], 'another password');
  const asked = page.getByRole('dialog', { name: 'Your session has ended' });
  await asked.waitFor();
  await page.getByTestId('connection').filter({ visible: true, hasText: 'Signed out' }).waitFor();
  expect(await asked.getByLabel('Name').inputValue()).toBe('the-operator');
  expect(await findings(page)).toEqual([]);
  await asked.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await asked.getByText('The name or the password is not right.').waitFor();
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
