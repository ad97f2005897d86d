import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from './pages.ts';

const page = readFileSync(join(ROOT, 'docs/comparison.md'), 'utf8');

/** The cells of the table, by row, without the heading and the line below it. */
const [head = [], ...rows] = page
  .split('\n')
  .filter((line) => line.startsWith('|') && !line.startsWith('|---'))
  .map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );

test('compares Relay with six others', () => {
  expect(head).toEqual(['', 'Relay', 'BullMQ', 'Asynq', 'River', 'Sidekiq', 'Celery', 'SQS']);
  expect(rows.length).toBeGreaterThan(8);
});

test('every cell has its source', () => {
  const sources = new Map(
    [...page.matchAll(/^\[([a-z0-9-]+)\]: (\S+)$/gm)].map(([, name = '', url = '']) => [name, url]),
  );
  const bare = rows.flatMap(([subject = '', ...cells]) =>
    cells.flatMap((cell, at) => {
      const used = [...cell.matchAll(/\[\d+\]\[([a-z0-9-]+)\]/g)].map(([, name = '']) => name);
      const good = used.length > 0 && used.every((name) => sources.has(name));
      return good ? [] : [`${subject} / ${head[at + 1] ?? ''}`];
    }),
  );
  expect(bare).toEqual([]);
  for (const [name, url] of sources) {
    expect([name, /^https:\/\/|^[\w./#-]+$/.test(url)]).toEqual([name, true]);
    expect([name, page.includes(`][${name}]`)]).toEqual([name, true]);
  }
});
