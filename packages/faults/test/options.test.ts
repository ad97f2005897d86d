import { expect, test } from '@jest/globals';
import { DEFAULT_RATE, optionsOf } from '../src/options.ts';

test('rows, seeds, rate and file are read from the command line', () => {
  const options = optionsOf(['--only', 'F8,F13', '--seed', '1,2', '--rate', '50', '--json', 'x']);
  expect(options).toMatchObject({ only: ['F8', 'F13'], seeds: [1, 2], rate: 50, json: 'x' });
});

test('left out, all rows are run with one seed by chance', () => {
  const { only, seeds, rate, smoke, soakMinutes } = optionsOf([]);
  expect([only, seeds.length, rate, smoke, soakMinutes]).toEqual([
    [],
    1,
    DEFAULT_RATE,
    false,
    undefined,
  ]);
});

test.each([
  ['--seed', 'x'],
  ['--seed', '-1'],
  ['--rate', '1.5'],
  ['--soak', '0'],
  ['--sock', '1'],
])('%s %s is refused', (name, value) => {
  expect(() => optionsOf([name, value])).toThrow();
});
