import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { variablesOf } from '@relay/service-kit';
import { gatewaySchema } from '../src/config.ts';

it('the README lists every variable with its default', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]+)`|none) \|/gm)];
  expect(rows.map(([, name, fallback]) => `${name}=${fallback}`).toSorted()).toEqual(
    variablesOf(gatewaySchema)
      .map((variable) => `${variable.name}=${variable.default}`)
      .toSorted(),
  );
});
