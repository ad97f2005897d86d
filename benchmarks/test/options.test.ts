import { expect, it } from '@jest/globals';
import { optionsOf, USAGE } from '../src/options.ts';

it('has each option in its usage, takes rows several times, and names an option that it has not', () => {
  const options = optionsOf(['--only', 'main', '--only', 'bulk', '--quick']);
  expect(options).toMatchObject({ only: ['main', 'bulk'], quick: true, profile: false });
  expect(optionsOf([]).only).toBeUndefined();
  for (const name of Object.keys(options))
    if (name !== 'help') expect(USAGE).toContain(`--${name}`);
  expect(() => optionsOf(['--nope'])).toThrow('--nope');
});
