import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ENTRIES = ['index.d.ts', 'schedules.d.ts', 'testing/index.d.ts'];

/** All declarations that the package's entries reach, without comments, as one page. */
export function apiReport(dist: string): string {
  const seen = new Set<string>();
  const sections: string[] = [];
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = readFileSync(path, 'utf8');
    const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*(\/\/.*)?\n/gm, '');
    sections.push(`## ${relative(dist, path)}\n\n\`\`\`ts\n${code.trim()}\n\`\`\`\n`);
    const imports = [...text.matchAll(/from '(\.[^']+)\.js'/g)].map(([, to]) => `${to}.d.ts`);
    for (const to of imports.toSorted()) visit(join(dirname(path), to));
  };
  for (const entry of ENTRIES) visit(join(dist, entry));
  return `# API report of @relay/sdk\n\nMade by the package's tests; a changed surface changes this page.\n\n${sections.join('\n')}`;
}
