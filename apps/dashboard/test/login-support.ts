import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { USER_ROLES, type UserRole } from '../src/server/auth/user-file.ts';
import { runUsersCommand } from '../src/server/auth/users-command.ts';
import { launchBrowser, openPage } from './browser.ts';
import { TestStack } from './stack.ts';

export const PASSWORD = 'correct horse battery';

export interface Call {
  readonly method?: string;
  readonly cookie?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** The body of a login. */
export const credentials = (name: string, password = PASSWORD): Call => ({
  method: 'POST',
  body: { name, password },
});

/** Fills the form of a login, and sends it. */
export async function fill(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** A dashboard with a user of each role, `the-viewer` and so on, and `ann`, an operator; and a browser. */
export class LoginStack implements AsyncDisposable {
  readonly stack: TestStack;
  readonly browser: Browser;
  readonly #dir: string;

  private constructor(stack: TestStack, browser: Browser, dir: string) {
    this.stack = stack;
    this.browser = browser;
    this.#dir = dir;
  }

  static async start(): Promise<LoginStack> {
    const dir = await mkdtemp(join(tmpdir(), 'relay-login-'));
    for (const role of USER_ROLES) {
      // oxlint-disable-next-line no-await-in-loop -- each adds to the same file.
      await command(dir, ['create', '--name', `the-${role}`, '--role', role], PASSWORD);
    }
    await command(dir, ['create', '--name', 'ann', '--role', 'operator'], PASSWORD);
    const [stack, browser] = await Promise.all([
      TestStack.start(['orders'], { RELAY_USERS_FILE: join(dir, 'users.json') }),
      launchBrowser(),
    ]);
    await stack.call('POST', '/v1/queues/lonely/jobs', { payload: 1 });
    return new LoginStack(stack, browser, dir);
  }

  /** Runs a command on users, as on the server's command line. */
  async user(args: readonly string[], password = PASSWORD): Promise<void> {
    await command(this.#dir, args, password);
  }

  /** Calls the dashboard's server as its pages do. */
  async ask(path: string, { method = 'GET', cookie, body, headers }: Call = {}) {
    const response = await fetch(`${this.stack.url}${path}`, {
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

  /** Logs in, and gives the cookie. */
  async cookieOf(name: string, password = PASSWORD): Promise<string> {
    const { status, headers } = await this.ask('/api/session', credentials(name, password));
    expect(status).toBe(200);
    return headers.get('set-cookie')?.split(';')[0] ?? '';
  }

  /** Logs in by the form, and goes to a page. */
  async openAs(role: UserRole, path: string): Promise<Page> {
    const { page } = await openPage(this.browser);
    await page.goto(`${this.stack.url}/login?next=${encodeURIComponent(path)}`);
    await fill(page, `the-${role}`);
    await page.waitForURL(`${this.stack.url}${path}`);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.stack[Symbol.asyncDispose]();
    await rm(this.#dir, { recursive: true });
  }
}

async function command(dir: string, args: readonly string[], password: string): Promise<void> {
  const err: string[] = [];
  const code = await runUsersCommand([...args, '--file', join(dir, 'users.json')], {
    env: {},
    out: () => undefined,
    err: (line) => err.push(line),
    password: async () => password,
  });
  expect([code, err]).toEqual([0, expect.any(Array)]);
}
