import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pages } from '../src/pages.ts';
import { serviceVariables } from '../src/variables.ts';

describe('the reference', () => {
  it.each(pages.map(({ file, text }) => [basename(file), file, text]))(
    '%s says what the services say (else: npm run docs)',
    async (_, file, text) => {
      expect(await readFile(file, 'utf8')).toBe(text);
    },
  );

  it('explains every variable', () => {
    const silent = serviceVariables.flatMap(({ service, variables }) =>
      variables
        .filter(({ description }) => description === '')
        .map(({ name }) => `${service} ${name}`),
    );
    expect(silent).toEqual([]);
  });

  it('marks as secret what looks like one', () => {
    const open = serviceVariables.flatMap(({ variables }) =>
      variables
        .filter(({ name, secret }) => /(KEYS?|URL|PASSWORD|SECRET|TOKEN)$/.test(name) && !secret)
        .map(({ name }) => name),
    );
    // The gateway's address is none.
    expect(new Set(open)).toEqual(new Set(['RELAY_API_URL']));
  });
});
