import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '@relay/testkit';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { seed } from './scale-support.ts';
import { TestStack } from './stack.ts';

/** Phones, tablets, and the widths around which the navigation comes to stand beside the page. */
const WIDTHS_PX = [390, 640, 820, 1023, 1024, 1100, 1280, 1440];
/** Of the column that says what a row is about. */
const LEAST_PX = 150;
const LONG_NAME = `a-name-as-long-as-names-may-be.${'x'.repeat(97)}`;

let stack: TestStack;
let browser: Browser;
let group = '';
let job = '';

beforeAll(async () => {
  [stack, browser] = await Promise.all([TestStack.start(['letters']), launchBrowser()]);
  // More than stand in the page at once.
  await seed(stack, { queue: LONG_NAME, jobs: 3, queues: 90 });
  await stack.call('POST', `/v1/queues/${LONG_NAME}/pause`);
  const dead = { type: 'picky', maxAttempts: 1, payload: { message: 'no such customer' } };
  await stack.call('POST', '/v1/queues/letters/jobs', dead);
  await stack.call('PUT', `/v1/schedules/${LONG_NAME}`, {
    queue: LONG_NAME,
    cron: '*/15 8-18 * * MON-FRI',
    timezone: 'America/Argentina/ComodRivadavia',
    job: { payload: 1 },
  });
  const first = await until(
    async () => {
      const answer = await stack.call('GET', '/v1/dead-letters/groups');
      return (answer['items'] as { group: string; sample: { id: string } }[])[0];
    },
    { what: 'a dead letter', deadlineMs: 15_000 },
  );
  group = first.group;
  job = first.sample.id;
}, 120_000);

afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

/** What is wrong with the tables of a page at a width. */
async function faultsAt(page: Page, width: number): Promise<string[]> {
  await page.setViewportSize({ width, height: 900 });
  return await page.evaluate(
    ({ least, screen }) => {
      const faults = [...document.querySelectorAll('table')].flatMap((table) => {
        const columns = [...table.querySelectorAll('thead th')].map((cell) => cell.clientWidth);
        const [first = 0] = columns;
        const sum = columns.reduce((all, each) => all + each, 0);
        return [
          ...(first < least ? [`the first column is ${first} px wide`] : []),
          ...(Math.abs(sum - table.clientWidth) > 2
            ? [`columns take ${sum} of ${table.clientWidth} px`]
            : []),
        ];
      });
      const { scrollWidth } = document.documentElement;
      return scrollWidth > screen ? [...faults, `the page is ${scrollWidth} px wide`] : faults;
    },
    { least: LEAST_PX, screen: width },
  );
}

it('tables say what their rows are about at every width, and columns take all of it', async () => {
  const { page } = await openPage(browser);
  const paths = [
    '/queues',
    `/queues/${LONG_NAME}`,
    '/queues/letters?state=dead',
    '/dead',
    `/dead?queue=letters&group=${group}`,
    '/schedules',
    '/workers',
  ];
  const found: Record<string, string[]> = {};
  for (const path of paths) {
    // oxlint-disable no-await-in-loop -- one page after the other, each at one width after the other.
    await page.goto(`${stack.url}${path}`);
    await page.locator('[data-row]').first().waitFor();
    for (const width of WIDTHS_PX) {
      const faults = await faultsAt(page, width);
      if (faults.length > 0) found[`${path} at ${width} px`] = faults;
    }
    // oxlint-enable no-await-in-loop
  }
  expect(found).toEqual({});
  await page.context().close();
}, 60_000);

it('on a phone a row says what its hidden columns would', async () => {
  const { page } = await openPage(browser, { width: 390, height: 844 });
  const rowOf = (name: string) => page.getByRole('row', { name });
  await page.goto(`${stack.url}/dead`);
  await rowOf('no such customer').getByText('letters, last').waitFor();
  await page.goto(`${stack.url}/dead?queue=letters&group=${group}`);
  await rowOf(job).getByText('no such customer').filter({ visible: true }).waitFor();
  await page.goto(`${stack.url}/queues/letters/jobs/${job}`);
  const delivery = page.getByRole('table', { name: 'Deliveries' }).getByRole('row').nth(1);
  await delivery.getByText('no such customer').filter({ visible: true }).waitFor();
  await page.goto(`${stack.url}/queues`);
  await rowOf(LONG_NAME)
    .getByText(/^Paused, oldest /)
    .waitFor();
  await page.goto(`${stack.url}/schedules`);
  await rowOf(LONG_NAME).getByText('*/15 8-18 * * MON-FRI').filter({ visible: true }).waitFor();
  await page.context().close();
});

it.each([390, 1440])('a dialog about a long name can be read and used at %i px', async (width) => {
  const { page } = await openPage(browser, { width, height: 844 });
  await page.goto(`${stack.url}/queues/${LONG_NAME}?tab=danger`);
  await page.getByRole('button', { name: 'Purge…' }).click();
  const dialog = page.getByRole('dialog', { name: `Purge ${LONG_NAME}` });
  await dialog.getByRole('textbox').fill(LONG_NAME);
  const fits = await dialog.evaluate((element) => element.scrollWidth <= element.clientWidth);
  expect(fits).toBe(true);
  await dialog.getByRole('button', { name: 'Remove 3 jobs' }).click();
  await page.waitForURL(/\/operations\//);
  await stack.call('POST', `/v1/queues/${LONG_NAME}/jobs/bulk`, {
    jobs: [{ payload: 1 }, { payload: 2 }, { payload: 3 }],
  });
  await page.context().close();
});
