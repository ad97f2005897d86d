import { CHROMIUM_FLAGS, findChromium } from '@relay/testkit';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** A page that keeps account of what the browser refused or complained about. */
export interface WatchedPage {
  readonly page: Page;
  /** Refusals of the Content Security Policy. */
  readonly refusals: string[];
  /** Errors that scripts have thrown. */
  readonly errors: string[];
}

export interface PageOptions {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

export async function launchBrowser(): Promise<Browser> {
  const { path, env } = await findChromium();
  return await chromium.launch({
    executablePath: path,
    args: [...CHROMIUM_FLAGS],
    env: { ...process.env, ...env },
  });
}

export async function openPage(browser: Browser, options: PageOptions = {}): Promise<WatchedPage> {
  const { theme = 'dark', width = 1440, height = 900 } = options;
  const context = await browser.newContext({
    colorScheme: theme,
    viewport: { width, height },
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(15_000);
  return await watch(context);
}

async function watch(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage();
  const refusals: string[] = [];
  const errors: string[] = [];
  await page.exposeFunction('reportRefusal', (text: string) => refusals.push(text));
  await page.addInitScript(() => {
    const report = (window as unknown as { reportRefusal: (text: string) => void }).reportRefusal;
    document.addEventListener('securitypolicyviolation', (event) =>
      report(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return { page, refusals, errors };
}
