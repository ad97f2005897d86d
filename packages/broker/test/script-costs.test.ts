import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { testLua } from '@relay/testkit';
import { loadScripts } from '../src/scripts.ts';
import { useBroker } from './support/broker-fixture.ts';
import { costOf } from './support/header.ts';
import { countable, SCENARIOS } from './support/scenarios.ts';

const fixture = useBroker();
const scripts = loadScripts();
const counted = countable(loadScripts(testLua()));

describe.each([...scripts.values()].map((script) => [script.name, script.header] as const))(
  'the header of %s',
  (_, header) => {
    test.each(['Purpose', 'ARGV', 'Reply', 'Cost', 'Keeps'])('says %s', (field) => {
      expect(header).toMatch(new RegExp(`^${field}: \\S`, 'm'));
    });

    test('states how many calls a run makes', () => {
      expect(costOf(header).calls).toBeGreaterThan(0);
    });
  },
);

test('every file of the folder is a script', () => {
  const files = readdirSync(new URL('../lua', import.meta.url)).filter((file) =>
    file.endsWith('.lua'),
  );
  expect([...scripts.keys()].map((name) => `${name}.lua`).toSorted()).toEqual(files.toSorted());
});

describe('a run makes no more calls than its header says', () => {
  const cases = SCENARIOS.flatMap((scenario) =>
    (scenario.sizes ?? [1]).map(
      (size) => [scenario.script, scenario.name, size, scenario] as const,
    ),
  );

  test.each(cases)('%s: %s (%d)', async (script, _, size, scenario) => {
    const f = fixture();
    const queue = f.queue({ tampered: true });
    const broker = f.open({ scripts: counted });
    const run = await scenario.prepare({ f, broker, queue, size });
    await f.redis.hdel('relay-test', `calls:${script}`);
    await run();
    const made = (await f.control.mostCalls()).get(script) ?? 0;
    const cost = costOf(scripts.get(script)?.header ?? '');
    const units = scenario.units?.(size) ?? {};
    const allowed = cost.terms.reduce((sum, { calls, unit }) => {
      if (!(unit in units))
        throw new Error(`${script} charges for each "${unit}": not in the scenario`);
      return sum + calls * (units[unit] ?? 0);
    }, cost.calls);
    if (process.env.RELAY_SHOW_CALLS)
      process.stdout.write(`${script} (${size}): ${made} of ${allowed}\n`);
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(allowed);
  });
});

describe('a script of pieces', () => {
  test.each([...scripts.values()].map((script) => [script.name, script.source] as const))(
    '%s has each function once',
    (_, source) => {
      const names = [...source.matchAll(/^ *(?:local )?function (\w+)\(/gm)].map(
        ([, name]) => name,
      );
      expect(names).toEqual([...new Set(names)]);
    },
  );

  test('makes what a usual run does not need behind everything else', () => {
    const source = scripts.get('settle-and-claim')?.source ?? '';
    const rarely = source.indexOf('\nfunction rarely()');
    expect(rarely).toBeGreaterThan(source.indexOf('local function settle('));
    for (const name of ['settle_failed', 'consider', 'replay', 'read_state', 'to_dead'])
      expect(source.indexOf(`local function ${name}(`)).toBeGreaterThan(rarely);
    expect(source.indexOf('rare = {')).toBeGreaterThan(source.indexOf('local function to_dead('));
  });

  test.each(['lib/nowhere', 'lib/claim'])('names a key of %s that does not exist', (file) => {
    const text = '--@keys nothing\n';
    const settle = `--@rarely ${file}\n`;
    expect(() => loadScripts({ 'settle-and-claim': settle, [file]: text })).toThrow(
      `${file}.lua declares the unknown key "nothing"`,
    );
  });
});
