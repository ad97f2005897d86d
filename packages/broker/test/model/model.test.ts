import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RedisServer, startRedisServer, testLua } from '@relay/testkit';
import { loadScripts } from '../../src/index.ts';
import { checkModel, modelRun } from './check.ts';

const RUNS = 1_000;

describe('the broker and its reference', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(async () => server.stop());

  test('do the same in every history', async () => {
    const run = modelRun(RUNS);
    const coverage = new Map<string, number>();
    const started = performance.now();
    const { steps } = await checkModel(run, {
      port: server.port,
      scripts: loadScripts(testLua()),
      note: (event) => coverage.set(event, (coverage.get(event) ?? 0) + 1),
    });
    const seconds = (performance.now() - started) / 1_000;
    console.log(
      [...coverage.entries()]
        .toSorted()
        .map(([k, v]) => `${k}: ${v}`)
        .join('\n'),
      steps,
      seconds,
    );
    expect(steps).toBeGreaterThan(0);
  }, 600_000);
});
