/**
 * Pictures of the pages with something in them. `npm run screenshots` takes those of the documentation
 * into `docs/images`; `npm run screenshots -- FOLDER` takes every page.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, type PageOptions } from './browser.ts';
import { noteAnHour } from './history.ts';
import { TestStack } from './stack.ts';

const FOLDER = resolve(
  process.argv[2] ?? fileURLToPath(new URL('../../../docs/images/', import.meta.url)),
);
/** Pages that the documentation shows, and where the phone is shown too. */
const SHOWN = ['overview', 'queues', 'queue', 'job', 'dead', 'schedule'];
const SHOWN_ON_PHONE = ['overview'];
/** Long enough for rates to be there, in ms. */
const SETTLE_MS = 12_000;
const WORKED = ['emails', 'invoices', 'thumbnails', 'webhooks', 'search-index'];
const LOOKS: Readonly<Record<string, PageOptions>> = {
  dark: { theme: 'dark' },
  light: { theme: 'light' },
  phone: { theme: 'dark', width: 390, height: 844 },
};

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
  const address = (index: number) => ({ to: `customer-${index}@example.org`, template: 'welcome' });
  await Promise.all([
    ...WORKED.map((queue) =>
      fill(
        queue,
        many(400, (index) => ({ type: 'calm', payload: address(index) })),
      ),
    ),
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

async function take(browser: Browser, stack: TestStack): Promise<void> {
  const pages = await pagesOf(stack);
  for (const [look, options] of Object.entries(LOOKS)) {
    // oxlint-disable no-await-in-loop -- one picture after the other, on one machine.
    const { page } = await openPage(browser, options);
    for (const [name, path] of Object.entries(pages)) {
      const shown = look === 'phone' ? SHOWN_ON_PHONE : SHOWN;
      if (process.argv[2] === undefined && !shown.includes(name)) continue;
      await page.goto(`${stack.url}${path}`);
      await page.getByTestId('connection').filter({ visible: true, hasText: 'Live' }).waitFor();
      await page.waitForTimeout(1500);
      await page.screenshot({
        path: join(FOLDER, `${name}-${look}.png`),
        fullPage: look === 'phone',
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
  return {
    overview: '/',
    queues: '/queues',
    queue: '/queues/invoices?state=dead',
    metrics: '/queues/emails?tab=metrics',
    settings: '/queues/emails?tab=settings',
    danger: '/queues/emails?tab=danger',
    job: `/queues/invoices/jobs/${items[0]?.id}`,
    dead: '/dead',
    group: `/dead?queue=invoices&group=${group}`,
    schedules: '/schedules',
    schedule: '/schedules/search-refresh',
    'new-schedule': '/new-schedule',
    workers: '/workers',
  };
}

/** A little of everything goes on while the pictures are taken. */
async function trickle(stack: TestStack, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const each = WORKED.map((queue, index) => {
      const jobs = Array.from({ length: 2 + index * 3 }, () => ({ type: 'calm', payload: index }));
      return stack.call('POST', `/v1/queues/${queue}/jobs/bulk`, { jobs });
    });
    // oxlint-disable-next-line no-await-in-loop
    // The gateway begins to measure rates once somebody looks.
    await Promise.all([...each, stack.call('GET', '/v1/overview'), delay(500)]);
  }
}

await mkdir(FOLDER, { recursive: true });
await using stack = await TestStack.start(WORKED);
const browser = await launchBrowser();
const end = new AbortController();
try {
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
}
