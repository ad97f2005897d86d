import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT, referencePages } from '../src/pages.ts';
import { undocumented, withoutDefault } from '../src/reference.ts';

describe.each(referencePages().map((page) => [page.path, page] as const))('%s', (path, page) => {
  it('says what the sources say (else: npm run docs)', () => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(page.text);
  });

  it('shows the comments on the values of a union as text', () => {
    expect(page.text).not.toContain('/**');
  });

  it('explains every name, option, event, method and error', () => {
    expect(undocumented(page.exported)).toEqual([]);
  });

  it('tells what happens when an option is left out', () => {
    expect(withoutDefault(page.exported)).toEqual([]);
  });
});
