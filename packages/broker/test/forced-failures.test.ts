import { describe, expect, test } from '@jest/globals';
import { testLua } from '@relay/testkit';
import { loadScripts } from '../src/scripts.ts';
import { type BrokerFixture, useBroker } from './support/broker-fixture.ts';
import { countable, SCENARIOS, type Scenario } from './support/scenarios.ts';

const fixture = useBroker();
const counted = countable(loadScripts(testLua()));

/** Everything that Redis holds of a queue, byte for byte. */
async function contents(f: BrokerFixture, queue: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const key of (await f.redis.keys(`relay:{${queue}}:*`)).toSorted())
    found[key] = (await f.redis.dumpBuffer(key))?.toString('base64') ?? '';
  return found;
}

/** Runs the scenario with its nth call failing; false when it makes fewer calls. */
async function failsAt(scenario: Scenario, nth: number): Promise<boolean> {
  const f = fixture();
  const queue = f.queue({ tampered: true });
  const broker = f.open({ scripts: counted });
  const size = scenario.sizes?.[0] ?? 1;
  const run = await scenario.prepare({ f, broker, queue, size });
  const before = await contents(f, queue);
  await f.control.failAt(scenario.script, nth);
  const error: unknown = await run().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  const { command, afterWrite, guarded } = await f.control.endFailure();
  if (command === null) {
    expect(error).toBeNull();
    await f.endTest();
    return false;
  }
  const where = `call ${nth} of ${scenario.script}, ${command}`;
  if (afterWrite) {
    // It cannot fail for what it finds, so it was carried out.
    expect([where, guarded]).toEqual([where, true]);
    expect(error).toBeNull();
  } else {
    // What some scenarios prepare is damaged, and stays as it was.
    f.forget(queue);
    expect(String(error)).toContain(`FORCED ${command}`);
    const after = await contents(f, queue);
    expect([where, Object.keys(after)]).toEqual([where, Object.keys(before)]);
    expect([where, after]).toEqual([where, before]);
  }
  await f.endTest();
  return true;
}

describe('an error at any call leaves nothing half done', () => {
  test.each(SCENARIOS.map((scenario) => [scenario.script, scenario.name, scenario] as const))(
    '%s: %s',
    async (_script, _name, scenario) => {
      let nth = 1;
      while (await failsAt(scenario, nth)) nth++;
      expect(nth).toBeGreaterThan(1);
    },
  );
});
