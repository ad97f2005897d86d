import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A Markdown file of the repository. */
export interface Page {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/** Every Markdown file that is kept, or will be: what git does not ignore. */
export function allPages(): Page[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', '*.md'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0');
  return [...new Set(listed)]
    .filter((path) => path !== '' && existsSync(join(ROOT, path)))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** A block of code in a page. */
export interface Snippet {
  /** `docs/x.md:12`. */
  readonly at: string;
  readonly language: string;
  readonly code: string;
  /** From a comment `<!-- with: … -->` right above it: what the block takes for granted. */
  readonly prelude: string;
}

const BLOCK = /(?:<!-- with:\n([\s\S]*?)-->\n+)?^```(\w+)\n([\s\S]*?)^```$/gm;

export function snippetsOf({ path, text }: Page): Snippet[] {
  return [...text.matchAll(BLOCK)].map(
    ({ 1: prelude = '', 2: language = '', 3: code = '', index }) => ({
      at: `${path}:${text.slice(0, index).split('\n').length}`,
      language,
      code,
      prelude,
    }),
  );
}
