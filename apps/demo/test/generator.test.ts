import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { createLogger } from '@relay/service-kit';
import { assertConsistent, startProcess, startRedisServer } from '@relay/testkit';
import { RelayApi } from '../src/api.ts';
import { readCommand } from '../src/config.ts';
import { listDocuments } from '../src/documents.ts';
import { runGenerator } from '../src/generator.ts';
import { summaryOf } from '../src/report.ts';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const FOLDER = file('../src');

/** Starts a service from its source and gives the address that it tells. */
async function startService(app: string, env: Record<string, string>) {
  const service = await startProcess({
    entry: file(`../../${app}/src/main.ts`),
    env: { HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', ...env },
    readyPattern: /"url":"http/,
  });
  const line = await service.waitForLine(/"url":"http/);
  const { url } = JSON.parse(line) as { url: string };
  return { service, url, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}

test('jobs go through a real gateway to real workers, and each one is accounted for', async () => {
  await using redis = await startRedisServer();
  const store = { REDIS_URL: redis.url };
  await using gateway = await startService('api-gateway', store);
  await using reaper = await startService('reaper-promoter', store);
  await using worker = await startService('worker', {
    ...store,
    RELAY_HANDLERS: file('../src/handlers.ts'),
    RELAY_QUEUES: 'demo',
    DEMO_FOLDER: FOLDER,
  });
  const args = ['--url', gateway.url, '--jobs', '60', '--folder', FOLDER, '--delay-ms', '300'];
  const command = readCommand(args, {});
  if (command.kind !== 'run') throw new Error('not a run');
  const stop = new AbortController();
  const report = await runGenerator({
    api: new RelayApi({ url: gateway.url, signal: stop.signal }),
    config: command.config,
    documents: listDocuments(FOLDER),
    logger: createLogger({ name: 'demo', version: '0', level: 'silent' }),
    signal: stop.signal,
  });
  for (const { url } of [reaper, worker]) {
    expect((await fetch(new URL('/readyz', url))).status).toBe(200);
  }
  expect(report.problems).toEqual([]);
  expect(summaryOf(report)).toBe('60 jobs, 54 completed, 6 dead, 0 lost');
  expect(report).toMatchObject({ doubled: 0, wrong: 0, retried: 12 });
  expect(Object.values(report.workers)).toEqual([60]);
  const { counts } = await assertConsistent(redis.url, 'demo');
  expect(counts).toMatchObject({ completed: 54, dead: 6 });
});
