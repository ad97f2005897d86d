import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from './command.ts';
import { libraryDirectories, unpackDebian } from './debian-packages.ts';
import { messageOf, TestkitError } from './errors.ts';
import { withFileLock } from './file-lock.ts';
import { isExecutable, workspaceRoot } from './files.ts';

/** How to run a Chromium on this machine. */
export interface ChromiumBinary {
  readonly path: string;
  /** Added to the environment: where the libraries and fonts of an unpacked one are. */
  readonly env: Readonly<Record<string, string>>;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** A browser without a font draws boxes. */
const PACKAGES = ['chromium', 'fontconfig-config', 'fonts-dejavu-core'];

/** For tests: quiet, alone, and without a sandbox, which needs rights that a container lacks. */
export const CHROMIUM_FLAGS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Finds a Chromium, in this order: `CHROMIUM_PATH`; one on PATH; the cache in `.relay/chromium` at
 * the workspace root; Debian's packages, unpacked into that cache.
 *
 * @throws {TestkitError} `CHROMIUM_NOT_FOUND`, saying what was tried and what to install.
 */
export async function findChromium(): Promise<ChromiumBinary> {
  const override = process.env['CHROMIUM_PATH'];
  if (override) return { path: override, env: {} };
  const installed = await onPath();
  if (installed) return installed;
  try {
    return await unpacked();
  } catch (error) {
    throw new TestkitError(
      'CHROMIUM_NOT_FOUND',
      'No Chromium on this machine. Run `apt install chromium` or `brew install --cask chromium`, or ' +
        `name one in CHROMIUM_PATH. PATH has none; Debian's packages: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

async function onPath(): Promise<ChromiumBinary | undefined> {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
  const paths = NAMES.flatMap((name) => directories.map((dir) => join(dir, name)));
  const usable = await Promise.all(paths.map(isExecutable));
  const path = paths.find((_, index) => usable[index]);
  return path === undefined ? undefined : { path, env: {} };
}

async function unpacked(): Promise<ChromiumBinary> {
  const cache = join(workspaceRoot(), '.relay', 'chromium');
  const cached = await fromCache(cache);
  if (cached) return cached;
  await mkdir(join(workspaceRoot(), '.relay'), { recursive: true });
  return await withFileLock(`${cache}.lock`, async () => {
    const byAnother = await fromCache(cache);
    if (byAnother) return byAnother;
    await unpackDebian(PACKAGES, cache);
    return await checked(cache);
  });
}

/** A cache from another machine may lack a library here: then it is as good as empty. */
async function fromCache(cache: string): Promise<ChromiumBinary | undefined> {
  return existsSync(cache) ? await checked(cache).catch(() => undefined) : undefined;
}

async function checked(cache: string): Promise<ChromiumBinary> {
  const fonts = join(cache, 'fonts.conf');
  const text = `<fontconfig><dir>${cache}/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${cache}/fonts-cache</cachedir></fontconfig>\n`;
  if (!existsSync(fonts)) await writeFile(fonts, text);
  const binary = {
    path: join(cache, 'usr', 'lib', 'chromium', 'chromium'),
    env: {
      LD_LIBRARY_PATH: (await libraryDirectories(cache)).join(delimiter),
      FONTCONFIG_FILE: fonts,
    },
  };
  await run(binary.path, ['--version'], { env: { ...process.env, ...binary.env } });
  return binary;
}
