/**
 * Measures the dashboard against a million jobs in one queue and 500 queues:
 * `npm run test:scale [-- JOBS QUEUES]`. Times and memory are checked here and nowhere else, so run
 * it on a machine that does nothing else.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { RedisTimes, type SlowCommand } from './redis-times.ts';
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

async function firstList(browser: Browser, url: string): Promise<number> {
  const { page } = await openPage(browser);
  const started = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator('tbody tr[data-row]').first().waitFor();
  const took = performance.now() - started;
  const stages = await stagesOf(page);
  tell(`first row after ${took.toFixed(0)} ms; by the page’s own clock: ${stages}`);
  const rows = await rowsOf(page);
  say(`rows in the page of ${new URL(url).pathname}`, String(rows), rows <= MOST_ROWS);
  await page.context().close();
  return took;
}

/** When what a first list needs was there, in ms after the page was asked for. */
async function stagesOf(page: Page): Promise<string> {
  // Without functions that have a name: what runs this script would mark them with one that the page does not know.
  const [navigation, paints, resources] = await page.evaluate(() => [
    performance.getEntriesByType('navigation').map((entry) => entry.toJSON()),
    performance.getEntriesByType('paint').map((entry) => entry.toJSON()),
    performance.getEntriesByType('resource').map((entry) => entry.toJSON()),
  ]);
  const scripts = resources?.filter(({ initiatorType }) => initiatorType === 'script') ?? [];
  const list = resources?.find(({ name }) => String(name).includes('/api/relay/'));
  const stages = {
    HTML: navigation?.[0]?.responseEnd,
    scripts: Math.max(...scripts.map(({ responseEnd }) => Number(responseEnd))),
    'first paint': paints?.at(-1)?.startTime,
    'list asked for': list?.startTime,
    'list answered': list?.responseEnd,
  };
  return Object.entries(stages)
    .map(([name, ms]) => `${name} ${Number(ms).toFixed(0)}`)
    .join(', ');
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

/**
 * Looks whether Redis was long at anything. It measures by the clock, and whatever takes its processor for 10 ms makes a
 * command slow that is not. So the requests of the pages are made again, one after the other, with the browser gone: a
 * command is long if Redis had its processor for so long in that request, and again and again.
 */
async function redisTimes(
  stack: TestStack,
  times: RedisTimes,
  paths: ReadonlySet<string>,
): Promise<void> {
  const beside = await times.slow();
  const long = new Map<string, number>();
  const byClock: SlowCommand[] = [];
  let most = { ms: 0, path: '' };
  for (let round = 0; round < REPLAYS; round += 1) {
    const found = new Set<string>();
    for (const path of paths) {
      // oxlint-disable no-await-in-loop -- one after the other.
      const before = await times.processorMs();
      await stack.call('GET', path);
      const ms = (await times.processorMs()) - before;
      const slow = await times.slow();
      // oxlint-enable no-await-in-loop
      if (ms > most.ms) most = { ms, path };
      if (ms < MOST_REDIS_MS) byClock.push(...slow);
      else for (const { what } of slow) found.add(what);
    }
    for (const what of found) long.set(what, (long.get(what) ?? 0) + 1);
  }
  const again = [...long].filter(([, rounds]) => rounds >= REPLAYS / 10);
  const requests = `${REPLAYS} times ${paths.size} requests`;
  say(
    `Redis commands over ${MOST_REDIS_MS} ms of its processor, in ${requests}`,
    String(again.length),
    again.length === 0,
  );
  for (const [what, rounds] of again) tell(`${what}: in ${rounds} rounds`);
  tell(`most of Redis’s processor for one request: ${most.ms.toFixed(1)} ms, ${most.path}`);
  tell(`slow by the clock alone: ${byClock.length}`);
  for (const { what, ms } of byClock) tell(`  ${ms.toFixed(1)} ms  ${what}`);
  tell(`slow by the clock beside the browser: ${beside.length}`);
  for (const { what, ms } of beside) tell(`  ${ms.toFixed(1)} ms  ${what}`);
}

function tell(text: string): void {
  process.stdout.write(`      ${text}\n`);
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
const times = new RedisTimes(stack);
const browser = await launchBrowser();
let paths: ReadonlySet<string>;
try {
  const started = performance.now();
  await seed(stack, { queue: 'million', jobs: JOBS, queues: QUEUES });
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`seeded ${JOBS} jobs and ${QUEUES} queues in ${seconds.toFixed(0)} s\n`);
  await times.note(MOST_REDIS_MS);
  paths = await measure(browser, stack);
} finally {
  await browser.close();
}
await redisTimes(stack, times, paths);
process.exitCode = failed ? 1 : 0;
