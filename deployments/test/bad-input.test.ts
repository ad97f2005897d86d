import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Broker } from '@relay/broker';
import {
  assertConsistent,
  freePort,
  type RedisServer,
  startProcess,
  startRedisServer,
  until,
} from '@relay/testkit';
import { Redis } from 'ioredis';
import type { Exporter } from '../src/metrics.ts';
import { entryOf, environmentOf, startService } from './support/stack.ts';

const SERVICES: readonly Exporter[] = ['api-gateway', 'worker', 'reaper-promoter'];

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedisServer();
  const admin = new Redis(redis.url);
  await admin.call('ACL', 'SETUSER', 'narrow', 'on', '>pass', '~*', '&*', '+@all', '-info');
  admin.disconnect();
});
afterAll(async () => {
  await redis.stop();
});

/** Starts a service that is expected to end by itself. */
async function outcomeOf(service: Exporter, env: Record<string, string>) {
  const started = await startService(
    service,
    { ...environmentOf(service, redis.url), ...env },
    null,
  );
  const { code } = await started.exit;
  // ioredis has a warning of its own where it may not ask for INFO.
  const complaints = started.lines().filter((line) => line.startsWith(`${service}: `));
  return { code, complaints };
}

describe.each(SERVICES)('%s', (service) => {
  it('names every wrong variable in one line, and exits with 78', async () => {
    const { code, complaints } = await outcomeOf(service, {
      PORT: '70000',
      LOG_LEVEL: 'loud',
      REDIS_URL: 'http://user:geheim@host',
    });
    expect(code).toBe(78);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(
      new RegExp(`^${service}: configuration: REDIS_URL must look like .*LOG_LEVEL .*PORT `),
    );
    expect(complaints[0]).not.toContain('geheim');
  });

  it('ends with one line where Redis refuses a command by its ACL', async () => {
    const url = redis.url.replace('redis://', 'redis://narrow:pass@');
    const { code, complaints } = await outcomeOf(service, { REDIS_URL: url });
    expect([code, complaints]).toEqual([1, [expect.stringMatching(/cannot be used: .*NOPERM/)]]);
    expect(complaints[0]).not.toContain('pass@');
  });

  it('waits for a Redis that is not there: alive, not ready, and it says so', async () => {
    const [port, nowhere] = [await freePort(), await freePort()];
    const env = { ...environmentOf(service, `redis://127.0.0.1:${nowhere}`), PORT: String(port) };
    await using waiting = await startService(service, env, /is unavailable, waiting/);
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    await until(async () => (await status('/livez')) === 200, { what: '/livez' });
    expect(await status('/readyz')).toBe(503);
    await waiting.stop();
    expect((await waiting.exit).code).toBe(0);
    expect(waiting.lines().filter((line) => line.includes('is unavailable, waiting'))).toHaveLength(
      1,
    );
  });
});

it('a worker that Redis does not let wait for jobs says so once, counts it, and takes it back when it may', async () => {
  const admin = new Redis(redis.url);
  await admin.call('ACL', 'SETUSER', 'deaf', 'on', '>pass', '~*', '&*', '+@all', '-blpop');
  const url = redis.url.replace('redis://', 'redis://deaf:pass@');
  await using broker = new Broker({ redis: redis.url });
  await using worker = await startService('worker', environmentOf('worker', url));
  const said = /cannot wait for jobs, and looks for them every 5000 ms/;
  const address = JSON.parse(await worker.waitForLine(/"ready: /)) as { url: string };
  const denied = async () => {
    const text = await (await fetch(`${address.url}/metrics`)).text();
    return Number(/relay_redis_errors_total\{kind="denied"\} (\d+)/.exec(text)?.[1]);
  };
  await until(async () => (await denied()) >= 3, { what: 'three refusals' });
  expect(worker.lines().filter((line) => said.test(line))).toEqual([
    expect.stringMatching(/"warn".*NOPERM.*call BLPOP/),
  ]);
  await admin.call('ACL', 'SETUSER', 'deaf', '+blpop');
  const again = () =>
    worker.lines().some((line) => line.includes('wake-ups for new jobs work again'));
  await until(
    async () => {
      // One that a look finds first wakes nobody.
      await broker.enqueue('scraped', { type: 'greet', payload: '1' });
      return again();
    },
    { what: 'a wake-up', everyMs: 50 },
  );
  await worker.stop();
  expect((await worker.exit).code).toBe(0);
  await admin.call('ACL', 'DELUSER', 'deaf');
  admin.disconnect();
  await assertConsistent(redis.url, 'scraped');
});

// Linux has a disk that is always full.
const onLinux = existsSync('/dev/full') ? it : it.skip;

onLinux('a full disk for the logs is one line on stderr, and the service serves on', async () => {
  const port = await freePort();
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const node = `'${process.execPath}' --conditions=@relay/source --import '${tsx}'`;
  await using service = await startProcess({
    command: 'sh',
    entry: '-c',
    args: [`exec ${node} '${entryOf('api-gateway')}' > /dev/full`],
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...environmentOf('api-gateway', redis.url), PORT: String(port) },
    readyPattern: /logs cannot be written/,
    readyDeadlineMs: 60_000,
  });
  const ready = () => fetch(`http://127.0.0.1:${port}/readyz`).then(({ status }) => status === 200);
  await until(ready, { what: '/readyz' });
  await service.stop();
  expect((await service.exit).code).toBe(0);
  expect(service.lines()).toEqual([
    expect.stringMatching(/^api-gateway: logs cannot be written, continuing without them: ENOSPC/),
  ]);
});
