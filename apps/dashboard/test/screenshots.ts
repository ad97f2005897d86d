/**
 * Pictures of the pages with something in them. `npm run screenshots` takes those of the documentation
 * into `docs/images`; `npm run screenshots -- FOLDER` takes every page.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { runUsersCommand } from '../src/server/auth/users-command.ts';
import { launchBrowser, openPage, type PageOptions } from './browser.ts';
import { noteAnHour } from './history.ts';
import { TestStack } from './stack.ts';

const FOLDER = resolve(
  process.argv[2] ?? fileURLToPath(new URL('../../../docs/images/', import.meta.url)),
);
/** Pages that the documentation shows, and where the phone is shown too. */
const SHOWN = ['login', 'overview', 'queues', 'queue', 'job', 'dead', 'schedule'];
const SHOWN_ON_PHONE = ['overview'];
/** Long enough for rates to be there, in ms. */
const SETTLE_MS = 12_000;
const MINUTE_MS = 60_000;
const WORKED = ['emails', 'invoices', 'thumbnails', 'webhooks', 'search-index'];
const LOOKS: Readonly<Record<string, PageOptions>> = {
  dark: { theme: 'dark' },
  light: { theme: 'light' },
  phone: { theme: 'dark', width: 390, height: 844 },
  ...(process.argv[2] === undefined
    ? {}
    : { 'phone-light': { theme: 'light', width: 390, height: 844 } }),
};
const USER = { name: 'ann', password: 'correct horse battery' };

async function seed(stack: TestStack): Promise<void> {
  const fill = async (queue: string, jobs: readonly unknown[]) => {
    for (let from = 0; from < jobs.length; from += 1000) {
      // oxlint-disable-next-line no-await-in-loop
      await stack.call('POST', `/v1/queues/${queue}/jobs/bulk`, {
        jobs: jobs.slice(from, from + 1000),
      });
    }
  };
  const many = (count: number, job: (index: number) => unknown) =>
    Array.from({ length: count }, (_, index) => job(index));
  await Promise.all([
    fill(
      'invoices',
      many(14, (index) => ({
        type: 'picky',
        maxAttempts: 2,
        backoff: { type: 'fixed', baseMs: 300, jitter: 'none' },
        payload: { invoice: 7300 + index, message: `No template for invoice ${7300 + index}` },
      })),
    ),
    fill(
      'webhooks',
      many(5, (index) => ({
        type: 'picky',
        maxAttempts: 1,
        payload: {
          url: 'https://shop.example/hooks',
          message: `connect ETIMEDOUT 10.0.0.${index}:443`,
        },
      })),
    ),
    fill(
      'reports',
      many(1280, (index) => ({ type: 'monthly', payload: { month: index } })),
    ),
    fill(
      'payouts',
      many(36, (index) => ({ type: 'transfer', payload: { amount: index * 100 } })),
    ),
    fill(
      'reminders',
      many(240, (index) => ({ payload: index, delayMs: 3_600_000 + index * 1000 })),
    ),
  ]);
  await stack.call('POST', '/v1/queues/payouts/pause');
  await stack.call('PATCH', '/v1/queues/emails', {
    concurrency: 40,
    rateLimit: { rate: 200, perMs: 1000 },
    retention: { completed: { maxAgeMs: 86_400_000 } },
  });
  const schedule = (id: string, timing: object, queue: string, type: string) =>
    stack.call('PUT', `/v1/schedules/${id}`, { queue, ...timing, job: { type, payload: { id } } });
  await Promise.all([
    schedule('nightly-report', { cron: '30 2 * * *', timezone: 'Europe/Berlin' }, 'emails', 'calm'),
    schedule('search-refresh', { everyMs: 5_000 }, 'search-index', 'calm'),
    schedule('month-end', { cron: '0 6 L * *', timezone: 'America/New_York' }, 'invoices', 'calm'),
    schedule('webhook-digest', { everyMs: 3_600_000, paused: true }, 'webhooks', 'calm'),
  ]);
}

/** Shows the login, and logs in. */
async function logIn(page: Page, url: string, picture: string | undefined): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByLabel('Name').fill(USER.name);
  await page.getByLabel('Password').fill(USER.password);
  await page.waitForTimeout(500);
  if (picture !== undefined) await page.screenshot({ path: picture });
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(`${url}/`);
}

async function take(browser: Browser, stack: TestStack): Promise<void> {
  const pages = await pagesOf(stack);
  for (const [look, options] of Object.entries(LOOKS)) {
    // oxlint-disable no-await-in-loop -- one picture after the other, on one machine.
    const { page } = await openPage(browser, options);
    const wanted = look === 'phone' ? SHOWN_ON_PHONE : SHOWN;
    const isWanted = (name: string) => process.argv[2] !== undefined || wanted.includes(name);
    const picture = (name: string) => join(FOLDER, `${name}-${look}.png`);
    await logIn(page, stack.url, isWanted('login') ? picture('login') : undefined);
    for (const [name, path] of Object.entries(pages)) {
      if (!isWanted(name)) continue;
      await page.goto(`${stack.url}${path}`);
      await page.getByTestId('connection').filter({ visible: true, hasText: 'Live' }).waitFor();
      await page.waitForTimeout(1500);
      await page.screenshot({
        path: picture(name),
        fullPage: look.startsWith('phone'),
      });
    }
    await page.context().close();
    // oxlint-enable no-await-in-loop
  }
}

async function pagesOf(stack: TestStack): Promise<Record<string, string>> {
  const { items } = (await stack.call('GET', '/v1/queues/invoices/dead-letters')) as {
    items: { id: string }[];
  };
  const groups = (await stack.call('GET', '/v1/dead-letters/groups')) as {
    items: { queue: string; group: string }[];
  };
  const group = groups.items.find(({ queue }) => queue === 'invoices')?.group;
  const done = (await stack.call('GET', '/v1/queues/emails/jobs?state=completed&order=desc')) as {
    items: { id: string }[];
  };
  const operation = await stack.call('POST', '/v1/queues/reminders/jobs/actions', {
    action: 'promote',
    filter: { state: 'scheduled' },
  });
  return {
    overview: '/',
    queues: '/queues',
    queue: '/queues/invoices?state=dead',
    metrics: '/queues/emails?tab=metrics',
    settings: '/queues/emails?tab=settings',
    danger: '/queues/emails?tab=danger',
    job: `/queues/invoices/jobs/${items[0]?.id}`,
    'job-completed': `/queues/emails/jobs/${done.items[0]?.id}`,
    operation: `/operations/${String(operation['operationId'])}`,
    missing: '/queues/no-such-queue',
    nowhere: '/no-such-page',
    dead: '/dead',
    group: `/dead?queue=invoices&group=${group}`,
    schedules: '/schedules',
    schedule: '/schedules/search-refresh',
    'edit-schedule': '/schedules/nightly-report?edit=yes',
    'new-schedule': '/new-schedule',
    workers: '/workers',
  };
}

/** A little of everything goes on while the pictures are taken. */
async function trickle(stack: TestStack, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const each = WORKED.map((queue, index) => {
      const payload = { to: `customer-${index}@example.org`, template: 'welcome' };
      const jobs = Array.from({ length: 2 + index * 3 }, () => ({ type: 'calm', payload }));
      return stack.call('POST', `/v1/queues/${queue}/jobs/bulk`, { jobs });
    });
    // oxlint-disable no-await-in-loop
    // The gateway begins to measure rates, and reads the last hour, once somebody looks: of the queues that are there.
    await Promise.all(each);
    await Promise.all([stack.call('GET', '/v1/overview'), delay(500)]);
    // oxlint-enable no-await-in-loop
  }
}

await mkdir(FOLDER, { recursive: true });
const users = await mkdtemp(join(tmpdir(), 'relay-screenshots-'));
const file = join(users, 'users.json');
await runUsersCommand(['create', '--name', USER.name, '--role', 'admin', '--file', file], {
  env: {},
  out: () => undefined,
  err: () => undefined,
  password: async () => USER.password,
});
await using stack = await TestStack.start(WORKED, { RELAY_USERS_FILE: file });
const browser = await launchBrowser();
const end = new AbortController();
try {
  // A minute that is not watched from its beginning would look like a slump.
  await delay(MINUTE_MS - (Date.now() % MINUTE_MS));
  await noteAnHour(
    stack.redis,
    Object.fromEntries(WORKED.map((queue, index) => [queue, (2 + index * 3) * 120])),
  );
  await seed(stack);
  const flow = trickle(stack, end.signal);
  await delay(SETTLE_MS);
  await take(browser, stack);
  end.abort();
  await flow;
} finally {
  await browser.close();
  await rm(users, { recursive: true });
}
