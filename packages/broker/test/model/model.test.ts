import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RedisServer, startRedisServer, testLua } from '@relay/testkit';
import { loadScripts } from '../../src/index.ts';
import { checkModel, modelRun } from './check.ts';
import { Coverage } from './coverage.ts';

/** Enough for every branch to be reached; `npm run test:model` runs 20,000. */
const RUNS = 1_000;

describe('the broker and its reference', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(async () => server.stop());

  test('do the same in every history, command by command', async () => {
    const run = modelRun(RUNS);
    const coverage = new Coverage();
    const started = performance.now();
    const { steps } = await checkModel(run, {
      port: server.port,
      scripts: loadScripts(testLua()),
      note: coverage.note,
    });
    const seconds = (performance.now() - started) / 1_000;
    const speed = `${(run.runs / seconds).toFixed(0)} histories/s`;
    process.stdout.write(
      `${run.runs} histories of ${steps} commands, ${speed}, RELAY_TEST_SEED=${run.seed}\n${coverage.table()}\n`,
    );
    if (run.runs >= RUNS && run.path === undefined) expect(coverage.missing).toEqual([]);
  }, 3_600_000);
});
