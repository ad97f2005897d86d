import { readFile } from 'node:fs/promises';
import type { CDPSession, Page } from 'playwright-core';
import type { TestStack } from './stack.ts';

/** Most of an answer, in bytes, and of the rows of a page. */
export const MOST_ANSWER_BYTES = 100 * 1024;
export const MOST_ROWS = 200;

const BULK = 1_000;
const AT_ONCE = 4;

export interface Seed {
  /** The queue that gets most of the jobs. */
  readonly queue: string;
  readonly jobs: number;
  /** In all; the others get one job each. */
  readonly queues: number;
}

/** Fills queues through the gateway's bulk calls, a thousand jobs each. */
export async function seed(stack: TestStack, { queue, jobs, queues }: Seed): Promise<void> {
  const calls: (() => Promise<unknown>)[] = [];
  for (let from = 0; from < jobs; from += BULK) {
    const count = Math.min(BULK, jobs - from);
    calls.push(() =>
      stack.call('POST', `/v1/queues/${queue}/jobs/bulk`, {
        jobs: Array.from({ length: count }, (_, index) => ({
          type: 'email',
          payload: { to: `customer-${from + index}@example.org`, template: 'welcome' },
        })),
      }),
    );
  }
  for (let index = 1; index < queues; index += 1) {
    const name = `queue-${String(index).padStart(4, '0')}`;
    calls.push(() => stack.call('POST', `/v1/queues/${name}/jobs`, { payload: index }));
  }
  const next = calls.values();
  const lane = async () => {
    // oxlint-disable-next-line no-await-in-loop -- a lane makes one call after the other.
    for (const call of next) await call();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

export interface Answer {
  readonly path: string;
  readonly bytes: number;
}

/** Collects how large the answers are that a page is given; streams, which never end, left out. */
export function watchAnswers(page: Page): Answer[] {
  const answers: Answer[] = [];
  page.on('requestfinished', (request) => {
    const { pathname, search } = new URL(request.url());
    if (!pathname.startsWith('/api/relay/')) return;
    void request
      .response()
      .then((response) => response?.body())
      .then((body) => answers.push({ path: pathname + search, bytes: body?.length ?? 0 }))
      // The page has been left in the meantime.
      .catch(() => undefined);
  });
  return answers;
}

/** Rows of tables that are in the page now. */
export async function rowsOf(page: Page): Promise<number> {
  return await page.locator('tr').count();
}

/** Bytes of scripts as they came over the network, until the page is live and quiet. */
export async function scriptBytes(page: Page, url: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const scripts = new Set<string>();
  let bytes = 0;
  session.on('Network.responseReceived', ({ requestId, type }) => {
    if (type === 'Script') scripts.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(url);
  await page.getByTestId('connection').filter({ visible: true, hasText: 'Live' }).waitFor();
  await page.locator('canvas').first().waitFor();
  await session.detach();
  return bytes;
}

/** The browser's live objects, in bytes, after what is dead has been collected. */
export async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}

/** Memory of a process, in bytes. */
export async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

export interface Shifts {
  /** The sum of the layout shifts. */
  readonly sum: number;
  /** What moved, from where to where; for the message of a failure. */
  readonly moved: readonly string[];
}

interface ShiftWindow {
  shifts(): { readonly value: number; readonly moved: readonly string[] }[];
}

interface LayoutShift {
  readonly value: number;
  readonly hadRecentInput: boolean;
  readonly sources: readonly {
    readonly node: Node | null;
    readonly previousRect: DOMRectReadOnly;
    readonly currentRect: DOMRectReadOnly;
  }[];
}

/** How much moves from now on without anybody's click or key, and what. */
export async function watchShifts(page: Page): Promise<() => Promise<Shifts>> {
  await page.evaluate(() => {
    const observer = new PerformanceObserver((list) => kept.push(...list.getEntries()));
    const kept: PerformanceEntry[] = [];
    observer.observe({ type: 'layout-shift' });
    (window as unknown as ShiftWindow).shifts = () =>
      ([...kept, ...observer.takeRecords()] as unknown as LayoutShift[])
        .filter(({ hadRecentInput }) => !hadRecentInput)
        .map(({ value, sources }) => ({
          value,
          moved: sources.map(({ node, previousRect, currentRect }) => {
            const element = node instanceof Element ? node : node?.parentElement;
            const text = node?.textContent?.slice(0, 60);
            const [from, to] = [previousRect, currentRect].map(
              ({ x, y, width, height }) => `${x},${y} ${width}×${height}`,
            );
            return `<${element?.tagName} class="${element?.className}"> “${text}”: ${from} → ${to}`;
          }),
        }));
  });
  return async () => {
    const shifts = await page.evaluate(() => (window as unknown as ShiftWindow).shifts());
    return {
      sum: shifts.reduce((sum, { value }) => sum + value, 0),
      moved: shifts.flatMap(({ value, moved }) => moved.map((what) => `${value}: ${what}`)),
    };
  };
}
