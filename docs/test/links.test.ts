import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';
import { allPages, ROOT } from './pages.ts';

const pages = allPages();

/** The anchors of a page, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  for (const [, id = ''] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** What stands in blocks of code is no heading and no link. */
function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}

function linksOf(text: string): string[] {
  const inText = withoutCode(text).replaceAll(/`[^`\n]*`/g, '');
  return [...inText.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(
    ([, target = '']) => target,
  );
}

test('every link to a file or a heading leads there', () => {
  const broken: string[] = [];
  for (const { path, text } of pages) {
    for (const link of linksOf(text)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)));
      const full = join(ROOT, target);
      if (target.startsWith('..') || !existsSync(full)) broken.push(`${path}: ${link}`);
      else if (anchor !== undefined && !statSync(full).isDirectory()) {
        if (!anchorsOf(readFileSync(full, 'utf8')).has(anchor)) broken.push(`${path}: ${link}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

test('every guide and every decision is in the index', () => {
  const index = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');
  const linked = new Set(
    linksOf(index).map((link) => normalize(join('docs', link.split('#')[0] ?? ''))),
  );
  const missing = pages
    .map(({ path }) => path)
    .filter((path) => /^docs\/(guides|decisions)\//.test(path) && !linked.has(path));
  expect(missing).toEqual([]);
});

test('the README is short enough to be read', () => {
  const readme = pages.find(({ path }) => path === 'README.md');
  expect(readme?.text.split('\n').length).toBeLessThan(250);
});

test('every app, package and example says what it is for', () => {
  const folders = ['apps', 'packages', 'examples'].flatMap((parent) =>
    readdirSync(join(ROOT, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${parent}/${name}`),
  );
  expect(folders.length).toBeGreaterThan(20);
  expect(folders.filter((folder) => !existsSync(join(ROOT, folder, 'README.md')))).toEqual([]);
});
