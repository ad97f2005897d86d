import { readFileSync } from 'node:fs';

/** This file is in `src`, what is built in `dist/bin`. */
const MANIFESTS = ['../package.json', '../../package.json'];

/** Of this package. */
export const VERSION: string = readVersion();

function readVersion(): string {
  for (const path of MANIFESTS) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      const { name, version } = manifest as { name?: string; version?: string };
      if (name === '@relay/cli' && version !== undefined) return version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('package.json of @relay/cli is missing: install it again');
}
