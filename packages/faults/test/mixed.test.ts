// Real services, real Redis, faults of all kinds for some seconds, and an account of every job. Times are printed and not
// judged: a busy machine is no fault. RELAY_FAULTS_SEED plays a run's plan again.
import { randomInt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { describeResult } from '../src/report.ts';
import { mixedRow } from '../src/rows/mixed.ts';
import { runRow } from '../src/run.ts';

const SEED = Number(process.env['RELAY_FAULTS_SEED'] ?? randomInt(2 ** 31 - 1));
const MINUTES = 0.2;

test('faults of all kinds: no invariant is broken', async () => {
  process.stdout.write(`faults: RELAY_FAULTS_SEED=${SEED}\n`);
  // A light load: other tests run beside this one.
  const options = { seed: SEED, source: true, scale: 0.3, load: 0.4, drainMs: 150_000 };
  const result = await runRow(mixedRow(MINUTES, { gateway: 1, reaper: 1 }), options);
  process.stdout.write(`${describeResult(result)}\n`);
  expect(result.breaches).toEqual([]);
  expect(result.account.acknowledged).toBeGreaterThan(100);
  expect(result.account.lost).toBe(0);
}, 600_000);
