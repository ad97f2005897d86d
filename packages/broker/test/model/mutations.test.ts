import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  MUTATIONS,
  type Mutation,
  mutate,
  type RedisServer,
  startRedisServer,
  testLua,
} from '@relay/testkit';
import { loadScripts } from '../../src/index.ts';
import { type Counterexample, findCounterexample, modelRun } from './check.ts';
import { Lane } from './history.ts';

/** Most histories until a fault must be found. */
const RUNS = 300;
const LANES = 4;

/** One seed unless another is asked for: how soon a fault is found is luck, that it is found must not be. */
const seed = (): number => (process.env.RELAY_TEST_SEED ? modelRun(RUNS).seed : 2);

interface Verdict {
  readonly mutation: Mutation;
  readonly found: Counterexample | null;
}

describe('a fault in the scripts', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(async () => server.stop());

  /** Without a fault none is found: else every fault would seem to be. */
  test('is what makes a history fail', async () => {
    const { port } = server;
    const scripts = loadScripts(testLua());
    await using lane = await Lane.open({ port, db: 0, scripts, note: () => {} });
    expect(await findCounterexample(lane, { seed: seed(), runs: 100, path: undefined })).toBeNull();
  });

  async function judge(mutation: Mutation, db: number): Promise<Verdict> {
    const { file } = mutation;
    const text = readFileSync(new URL(`../../lua/${file}.lua`, import.meta.url), 'utf8');
    const scripts = loadScripts({ ...testLua(), [file]: mutate(text, mutation) });
    await using lane = await Lane.open({ port: server.port, db, scripts, note: () => {} });
    return {
      mutation,
      found: await findCounterexample(lane, { seed: seed(), runs: RUNS, path: undefined }),
    };
  }

  test('is found by the histories, whichever it is', async () => {
    const waiting = [...MUTATIONS];
    const verdicts: Verdict[] = [];
    const lanes = Array.from({ length: LANES }, async (_, db) => {
      for (let next = waiting.shift(); next; next = waiting.shift())
        verdicts.push(await judge(next, db));
    });
    await Promise.all(lanes);
    const lines = verdicts
      .toSorted((a, b) => (a.found?.histories ?? RUNS) - (b.found?.histories ?? RUNS))
      .map(describeVerdict);
    process.stdout.write(`${lines.join('\n')}\nRELAY_TEST_SEED=${seed()}\n`);
    keepVerdicts(verdicts);
    const missed = verdicts.filter(({ found }) => found === null);
    expect(missed.map(({ mutation }) => mutation.name)).toEqual([]);
  }, 300_000);
});

function describeVerdict({ mutation, found }: Verdict): string {
  if (found === null) return `not found in ${RUNS} histories: ${mutation.name}`;
  const how = found.problem.split('\n')[0]?.slice(0, 90) ?? '';
  return `${String(found.histories).padStart(4)} histories  ${mutation.name.padEnd(50)} ${how}`;
}

/** For who wants to make a table of them: RELAY_MUTATIONS_JSON names a file. */
function keepVerdicts(verdicts: readonly Verdict[]): void {
  const file = process.env['RELAY_MUTATIONS_JSON'];
  if (file === undefined) return;
  const lines = verdicts.map(({ mutation: { name }, found }) => ({
    name,
    histories: found?.histories ?? null,
    model: found?.problem.split('\n')[0] ?? null,
  }));
  writeFileSync(file, JSON.stringify(lines));
}
