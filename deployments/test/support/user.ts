import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** As in the images: nobody's. */
const NOBODY = 65_532;

/** The user that services run as in these tests, and why it is this one's own if it is. */
export interface RunAs {
  readonly uid: number | undefined;
  readonly reason: string;
}

/** The images' user where this process may become it and it may read what it runs; else this process's own. */
export function unprivilegedUser(paths: readonly string[]): RunAs {
  if (process.getuid?.() !== 0)
    return { uid: undefined, reason: 'the tests run as no root themselves' };
  const closed = paths.flatMap(ancestors).find((path) => {
    const stat = statSync(path);
    const needed = stat.isDirectory() ? 0o005 : 0o004;
    return (stat.mode & needed) !== needed;
  });
  if (closed !== undefined) return { uid: undefined, reason: `${closed} is closed to other users` };
  return { uid: NOBODY, reason: '' };
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...ancestors(parent)];
}
