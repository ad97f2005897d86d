import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { assertConsistent, until } from '@relay/testkit';
import { Bench } from './support.ts';

let bench: Bench;
let folder: string;

beforeAll(async () => {
  bench = await Bench.open();
  folder = await mkdtemp(join(tmpdir(), 'relay-watch-'));
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const FOLDER = fileURLToPath(new URL('fixtures/folder', import.meta.url));

describe('relay-worker', () => {
  test('runs a folder of handlers, one file a job type, told by flags', async () => {
    const queue = 'folder';
    const worker = await bench.worker('other', {}, [
      '--handlers',
      FOLDER,
      '--queues',
      `${queue}:3*2`,
    ]);
    expect(JSON.parse(await worker.waitForLine(/"ready: /))).toMatchObject({
      types: ['greet', 'part'],
      queues: [queue],
    });
    const [greet = ''] = await bench.enqueue(queue, { type: 'greet', payload: '{"name":"Ada"}' });
    const [part = ''] = await bench.enqueue(queue, { type: 'part' });
    await until(async () => (await bench.tend(queue))?.completed === 2, { what: 'both' });
    expect((await bench.broker.job(queue, greet))?.result).toBe('"hello Ada"');
    expect((await bench.broker.job(queue, part))?.result).toBe('"goodbye!"');
  });

  test('appears in the registry, and is quiet while an operator asks for it', async () => {
    const queue = 'quiet';
    const worker = await bench.worker(queue);
    const ready = JSON.parse(await worker.waitForLine(/"ready: /)) as { worker: string };
    const mine = async () =>
      (await bench.broker.members('workers')).find(({ id }) => id === ready.worker);
    await until(mine, { what: 'the worker in the registry' });
    expect((await mine())?.info).toMatchObject({
      kind: 'process',
      pid: worker.pid,
      version: '0.1.0',
      queues: [queue],
      slots: 10,
      draining: false,
      quiet: false,
    });
    await bench.broker.setQuiet(ready.worker, true);
    await worker.waitForLine(/stopped claiming jobs/);
    await bench.enqueue(queue, { type: 'quick' }, 5);
    await until(async () => (await mine())?.info['quiet'] === true, { what: 'it to say so' });
    expect((await bench.tend(queue))?.ready).toBe(5);
    await bench.broker.setQuiet(ready.worker, false);
    await until(async () => (await bench.tend(queue))?.completed === 5, { what: 'all jobs' });
    await worker.stop();
    expect(await mine()).toBeUndefined();
  });

  test('--watch drains and starts anew when what the handlers import changes; no job is lost', async () => {
    const queue = 'watched';
    const handlers = join(folder, 'handlers.mjs');
    const imported = join(folder, 'version.mjs');
    await writeFile(imported, "export const version = 'old';");
    await writeFile(
      handlers,
      `import { version } from './version.mjs';
       export async function work() {
         await new Promise((resolve) => setTimeout(resolve, 20));
         return version;
       }`,
    );
    const worker = await bench.worker(queue, { RELAY_HANDLERS: handlers, LOG_LEVEL: 'info' }, [
      '--watch',
    ]);
    const ids = await bench.enqueue(queue, { type: 'work' }, 300);
    await until(async () => ((await bench.tend(queue))?.completed ?? 0) > 20, { what: 'some' });
    await writeFile(imported, 'export const version = (');
    await worker.waitForLine(/waiting for a change/, 30_000);
    const next = join(folder, 'next.txt');
    await writeFile(next, "export const version = 'new';");
    await copyFile(next, imported);
    await until(async () => (await bench.tend(queue))?.completed === 300, {
      what: 'all jobs',
      deadlineMs: 30_000,
    });
    const jobs = await Promise.all(ids.map((id) => bench.broker.job(queue, id)));
    expect(new Set(jobs.map((job) => job?.result))).toEqual(new Set(['"old"', '"new"']));
    expect(jobs.filter((job) => job?.attempts !== 1 || job.crashes > 0)).toEqual([]);
    await assertConsistent(bench.redis.url, queue);
    worker.kill('SIGTERM');
    expect(await worker.exit).toEqual({ code: 0, signal: null });
  }, 90_000);

  test.each([
    [['--what'], /^relay-worker: .*--what/],
    [['--watch', '--handlers', '/nowhere.js'], /^relay-worker: there is no \/nowhere\.js/],
  ])('%j is refused in one line', async (args, line) => {
    const worker = await bench.spawn({}, { ready: false, args });
    expect((await worker.exit).code).toBe(64);
    expect(worker.lines()).toEqual([expect.stringMatching(line)]);
  });

  test('--help names every flag', async () => {
    const worker = await bench.spawn({}, { ready: false, args: ['--help'] });
    expect(await worker.exit).toEqual({ code: 0, signal: null });
    for (const flag of ['--handlers', '--queues', '--watch']) {
      expect(worker.lines().join(' ')).toContain(flag);
    }
  });
});
