/**
 * Measures the dashboard against a million jobs in one queue and 500 queues:
 * `npm run test:scale [-- JOBS QUEUES]`. Times and memory are checked here and nowhere else, so run
 * it on a machine that does nothing else.
 */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import {
  heapOf,
  MOST_ANSWER_BYTES,
  MOST_ROWS,
  rowsOf,
  rssOf,
  seed,
  watchAnswers,
} from './scale-support.ts';
import { TestStack } from './stack.ts';

const JOBS = Number(process.argv[2] ?? 1_000_000);
const QUEUES = Number(process.argv[3] ?? 500);
const MOST_FIRST_LIST_MS = 1_000;
const MOST_REDIS_MS = 10;
const REPLAYS = 50;
const REFRESHES = 200;
/** Of the refreshes, those after which memory has found its level. */
const WARM_UP = 50;
const MOST_HEAP_GROWTH = 5 * 1024 * 1024;
const MOST_RSS_GROWTH = 40 * 1024 * 1024;
/** Of minutes' figures there is something only after a while. */
const SETTLE_MS = 3_000;
const LISTS = ['/queues/million?state=ready', '/queues'];

let failed = false;

/** Prints a figure, and remembers whether it is as it should be. */
function say(what: string, value: string, good: boolean): void {
  failed ||= !good;
  process.stdout.write(`${good ? 'ok  ' : 'FAIL'}  ${what.padEnd(58)} ${value}\n`);
}

/** What Redis answers to one command, as it comes over the wire. */
function redis(stack: TestStack, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(stack.redis.port, stack.redis.host, () =>
      socket.end(`${command}\r\nQUIT\r\n`),
    );
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
    });
    socket.on('error', reject).on('close', () => resolve(text));
  });
}

async function firstList(browser: Browser, url: string): Promise<number> {
  const { page } = await openPage(browser);
  const started = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator('tbody tr[data-row]').first().waitFor();
  const took = performance.now() - started;
  const rows = await rowsOf(page);
  say(`rows in the page of ${new URL(url).pathname}`, String(rows), rows <= MOST_ROWS);
  await page.context().close();
  return took;
}

/** Has everything that is shown read again, as a return to the tab does. */
async function refresh(page: Page): Promise<void> {
  const answered = page.waitForResponse((response) => response.url().includes('/jobs?'));
  await page.evaluate(() =>
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true })),
  );
  await answered;
}

async function refreshes(browser: Browser, stack: TestStack): Promise<void> {
  const { page } = await openPage(browser);
  await page.goto(`${stack.url}/queues/million?state=ready`);
  await page.locator('tbody tr[data-row]').first().waitFor();
  const session = await page.context().newCDPSession(page);
  const memory = async () => ({
    heap: await heapOf(session),
    gateway: await rssOf(stack.gatewayPid),
    dashboard: await rssOf(stack.dashboard.pid),
  });
  let before = await memory();
  for (let done = 1; done <= REFRESHES; done += 1) {
    // oxlint-disable no-await-in-loop -- one refresh after the other.
    await refresh(page);
    if (done === WARM_UP) before = await memory();
    // oxlint-enable no-await-in-loop
  }
  const after = await memory();
  const told = (what: string, from: number, to: number, most: number) =>
    say(
      `${what} over ${REFRESHES - WARM_UP} refreshes, after ${WARM_UP} to warm up`,
      `${megabytes(from)} → ${megabytes(to)}`,
      to - from <= most,
    );
  told('browser heap', before.heap, after.heap, MOST_HEAP_GROWTH);
  told('gateway RSS', before.gateway, after.gateway, MOST_RSS_GROWTH);
  told('dashboard RSS', before.dashboard, after.dashboard, MOST_RSS_GROWTH);
  await page.context().close();
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** What was slow since the last reset: its script or command, and the first key. */
async function slowOnes(stack: TestStack): Promise<string[]> {
  // Each entry is a list of six, and begins with a number.
  const entries = (await redis(stack, 'SLOWLOG GET 128')).split('*6\r\n').slice(1);
  await redis(stack, 'SLOWLOG RESET');
  return entries.flatMap((entry) => {
    if (!entry.startsWith(':')) return [];
    const [name = '?'] = /(?<=^\$\d+\r\n)[a-z]+/im.exec(entry) ?? [];
    const [key = '?'] = /relay:\S+/.exec(entry) ?? [];
    return [`${name} ${key}`];
  });
}

/**
 * Looks whether Redis was long at anything. It measures by the clock, and whatever takes its processor for 10 ms makes a
 * command slow that is not: that hits one command here and another there. So the requests of the pages are made again and
 * again once the browser has gone, and what is slow is what is slow again.
 */
async function redisTimes(stack: TestStack, paths: ReadonlySet<string>): Promise<void> {
  const told = (await slowOnes(stack)).length;
  const times = new Map<string, number>();
  for (let round = 0; round < REPLAYS; round += 1) {
    // oxlint-disable no-await-in-loop -- one after the other.
    for (const path of paths) await stack.call('GET', path);
    for (const what of new Set(await slowOnes(stack))) times.set(what, (times.get(what) ?? 0) + 1);
    // oxlint-enable no-await-in-loop
  }
  const again = [...times].filter(([, rounds]) => rounds >= REPLAYS / 10);
  say(
    `Redis commands over ${MOST_REDIS_MS} ms, again and again in ${REPLAYS * paths.size} requests`,
    `${again.length} (once: ${times.size - again.length}, beside the browser: ${told})`,
    again.length === 0,
  );
  for (const [what, rounds] of again) process.stdout.write(`      ${what}: in ${rounds} rounds\n`);
}

/** @returns the paths that the pages have asked for */
async function measure(browser: Browser, stack: TestStack): Promise<ReadonlySet<string>> {
  const warm = await openPage(browser);
  await warm.page.goto(stack.url);
  await warm.page.getByTestId('verdict').waitFor();
  await warm.page.context().close();
  for (const path of LISTS) {
    // One after the other, undisturbed, each in a browser's profile of its own.
    const times: number[] = [];
    // oxlint-disable-next-line no-await-in-loop
    for (let n = 0; n < 3; n += 1) times.push(await firstList(browser, `${stack.url}${path}`));
    const shown = times.map((took) => took.toFixed(0)).join(', ');
    const median = times.toSorted((a, b) => a - b)[1] ?? Number.NaN;
    say(`first list of ${path}, three times`, `${shown} ms`, median < MOST_FIRST_LIST_MS);
  }
  const { page } = await openPage(browser);
  const answers = watchAnswers(page);
  for (const path of ['/', ...LISTS, '/dead', '/workers', '/queues/million?tab=metrics']) {
    // oxlint-disable no-await-in-loop
    await page.goto(`${stack.url}${path}`);
    await page.getByTestId('connection').filter({ visible: true, hasText: 'Live' }).waitFor();
    await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
    await delay(SETTLE_MS);
    // oxlint-enable no-await-in-loop
  }
  await page.context().close();
  const largest = answers.toSorted((a, b) => b.bytes - a.bytes)[0];
  say(
    `largest of ${answers.length} answers, of ${largest?.path ?? 'none'}`,
    `${((largest?.bytes ?? 0) / 1024).toFixed(1)} KB`,
    largest !== undefined && largest.bytes <= MOST_ANSWER_BYTES,
  );
  await refreshes(browser, stack);
  return new Set(answers.map(({ path }) => path.replace('/api/relay', '')));
}

await using stack = await TestStack.start(['idle']);
const browser = await launchBrowser();
let paths: ReadonlySet<string>;
try {
  const started = performance.now();
  await seed(stack, { queue: 'million', jobs: JOBS, queues: QUEUES });
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`seeded ${JOBS} jobs and ${QUEUES} queues in ${seconds.toFixed(0)} s\n`);
  await redis(stack, `CONFIG SET slowlog-log-slower-than ${MOST_REDIS_MS * 1000}`);
  await redis(stack, 'SLOWLOG RESET');
  paths = await measure(browser, stack);
} finally {
  await browser.close();
}
await redisTimes(stack, paths);
process.exitCode = failed ? 1 : 0;
