import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Job } from '@relay/contract';
import { createLogger } from '@relay/service-kit';
import { readCommand } from '../src/config.ts';
import { runGenerator } from '../src/generator.ts';
import { type DemoProgress, type DemoReport, isSound, summaryOf } from '../src/report.ts';
import { FakeApi } from './fake-api.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-demo-'));
  await writeFile(join(folder, 'a.md'), 'one\ntwo\nthree\nfour\nfive');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const logger = createLogger({ name: 'demo', version: '0', level: 'silent' });

async function run(
  api: FakeApi,
  options: { signal?: AbortSignal; onProgress?: (progress: DemoProgress) => void } = {},
): Promise<DemoReport> {
  const args = ['--jobs', '30', '--patience-ms', '1000', '--delay-ms', '0', '--folder', folder];
  const command = readCommand(args, {});
  if (command.kind !== 'run') throw new Error('not a run');
  const { config } = command;
  const { signal } = new AbortController();
  return await runGenerator({ api, config, documents: ['a.md'], logger, signal, ...options });
}

describe('the account of a run', () => {
  test('every job is completed or dead, and nothing is lost', async () => {
    const seen: DemoProgress[] = [];
    const api = new FakeApi(folder);
    const report = await run(api, { onProgress: (progress) => seen.push(progress) });
    expect(report).toMatchObject({ jobs: 30, completed: 27, dead: 3, lost: 0, retried: 3 });
    expect(report.workers).toEqual({ w: 30 });
    expect(isSound(report)).toBe(true);
    expect(summaryOf(report)).toBe('30 jobs, 27 completed, 3 dead, 0 lost');
    expect(seen.at(-1)).toEqual({ jobs: 30, accepted: 30, completed: 27, dead: 3 });
  });

  test('a job that was accepted and is nowhere is lost, and named', async () => {
    const api = new FakeApi(folder, (job, number) => (number === 4 ? undefined : job));
    const report = await run(api);
    expect(report).toMatchObject({ completed: 26, dead: 3, lost: 1 });
    expect(isSound(report)).toBe(false);
    expect(summaryOf(report)).toContain(', 1 lost');
    expect(report.problems).toEqual([expect.stringMatching(/^lost: .*there is no such job$/)]);
  });

  test('a job that is stuck counts as lost, with the state that it is in', async () => {
    const api = new FakeApi(folder, (job, number) =>
      number === 4 ? { ...job, state: 'active' } : job,
    );
    const report = await run(api);
    expect(report).toMatchObject({ lost: 1 });
    expect(report.problems).toEqual([expect.stringMatching(/: active$/)]);
  });

  test('a second job for one request is doubled', async () => {
    const api = new FakeApi(folder, (job, number) => {
      if (number === 4) api.jobs.set('twin', { ...job, id: 'twin' });
      return job;
    });
    const report = await run(api);
    expect(report).toMatchObject({ completed: 27, lost: 0, doubled: 1 });
    expect(isSound(report)).toBe(false);
    expect(report.problems).toEqual([expect.stringContaining('twin')]);
  });

  test('a result that is not that of the document is wrong', async () => {
    const api = new FakeApi(folder, (job, number) =>
      number === 4 ? { ...job, result: { ...(job.result as object), checksum: 'f00' } } : job,
    );
    const report = await run(api);
    expect(report).toMatchObject({ completed: 27, lost: 0, wrong: 1 });
    expect(isSound(report)).toBe(false);
  });

  test('a crash that was repaired and a cancelled job are told apart', async () => {
    const api = new FakeApi(folder, (job, number): Job => {
      if (number === 4) return { ...job, state: 'cancelled' };
      return number === 5 ? { ...job, crashes: 1 } : job;
    });
    const report = await run(api);
    expect(report).toMatchObject({ completed: 26, cancelled: 1, recovered: 1, lost: 0 });
    expect(summaryOf(report)).toBe('30 jobs, 26 completed, 3 dead, 1 cancelled, 0 lost');
  });

  test('a run that is stopped early gives no account', async () => {
    const stop = new AbortController();
    const api = new FakeApi(folder, () => undefined);
    const running = run(api, {
      signal: stop.signal,
      onProgress: ({ accepted }) => {
        if (accepted === 30) stop.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
  });
});
