import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { ROOT } from '../src/pages.ts';

/**
 * The options that renovate.json uses, as `renovate-schema.json` of the package `renovate` 44.121.2
 * declares them. The whole is no dependency: it has 462 kB, in a package of 600 MB for another Node,
 * under the AGPL. It takes any name for an option; here one that is not listed is refused, so look it up
 * there before you add it. `npx -p renovate renovate-config-validator --strict` looks at the presets too.
 */
const texts = z.union([z.string(), z.array(z.string())]);
const UPDATES = [
  'major',
  'minor',
  'patch',
  'pin',
  'pinDigest',
  'digest',
  'lockFileMaintenance',
  'rollback',
  'bump',
  'replacement',
] as const;
const rule = z.strictObject({
  description: texts,
  matchPackageNames: texts.optional(),
  matchDepNames: texts.optional(),
  matchDepTypes: texts.optional(),
  matchUpdateTypes: z.array(z.enum(UPDATES)).optional(),
  enabled: z.boolean().optional(),
  groupName: z.string().nullable().optional(),
});
const config = z.strictObject({
  $schema: z.literal('https://docs.renovatebot.com/renovate-schema.json'),
  extends: z.array(z.string()),
  schedule: texts,
  minimumReleaseAge: z.string().regex(/^\d+ (day|hour)s?$/),
  prConcurrentLimit: z.int(),
  packageRules: z.array(rule),
});

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

test('renovate.json has options that Renovate knows, with values that it takes', () => {
  const { error } = config.safeParse(JSON.parse(read('renovate.json')));
  expect(error?.issues ?? []).toEqual([]);
});

test('its rules name packages that are used', () => {
  const { packageRules } = config.parse(JSON.parse(read('renovate.json')));
  const named = packageRules.flatMap(({ matchPackageNames = [], matchDepNames = [] }) =>
    [matchPackageNames, matchDepNames].flat(),
  );
  const catalog = read('pnpm-workspace.yaml');
  const unused = named.filter((name) => !new RegExp(`^  '?${name}'?: `, 'm').test(catalog));
  expect(unused).toEqual([]);
});
