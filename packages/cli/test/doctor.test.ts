import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Broker } from '@relay/broker';
import { createKey } from '@relay/keys';
import { type ManagedProcess, startRedisServer, until } from '@relay/testkit';
import { Redis } from 'ioredis';
import { relay, Stack, startGateway } from './stack.ts';

let stack: Stack;
let broker: Broker;
let reaper: ManagedProcess;
let worker: ManagedProcess;

beforeAll(async () => {
  stack = await Stack.open();
  broker = new Broker({ redis: stack.redis });
  [reaper, worker] = await Promise.all([stack.reaper(), stack.worker('work')]);
  await stack.relay(['enqueue', 'work', '{"n":1}', '--type', 'double', '--wait']);
});

afterAll(async () => {
  await broker.close();
  await stack[Symbol.asyncDispose]();
});

/** The findings that are not fine, by id. */
async function ills(
  args: readonly string[] = [],
  more: { now?: () => number; env?: Record<string, string> } = {},
): Promise<{ code: number; ills: Record<string, string> }> {
  const ran = await stack.relay(['--json', 'doctor', ...args], {
    ...more,
    env: { REDIS_URL: stack.redis, ...more.env },
  });
  const [{ healthy, findings }] = ran.json();
  expect(healthy).toBe(ran.code === 0);
  const bad = findings.filter(({ status }: { status: string }) => status !== 'ok');
  return {
    code: ran.code,
    ills: Object.fromEntries(
      bad.map((one: { id: string; status: string; message: string }) => [
        one.id,
        `${one.status}: ${one.message}`,
      ]),
    ),
  };
}

/** A Redis whose answers are others in one place, of the same length. */
async function inFrontOf(port: number, pattern: RegExp, by: string) {
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    client.pipe(upstream);
    upstream.on('data', (data) =>
      client.write(data.toString('latin1').replace(pattern, by), 'latin1'),
    );
    for (const socket of [client, upstream]) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => [client, upstream].map((one) => one.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { url, [Symbol.asyncDispose]: close };
}

describe('doctor', () => {
  it('finds a healthy system healthy, with everything looked at', async () => {
    expect(await ills()).toEqual({ code: 0, ills: {} });
    const { out } = await stack.relay(['doctor'], { env: { REDIS_URL: stack.redis } });
    expect(out).toMatch(/\n\d+ ok, 0 warnings, 0 wrong\n$/);
    expect(out).not.toContain('skipped');
    const without = await stack.relay(['doctor']);
    expect([without.code, without.out]).toEqual([0, expect.stringContaining('set REDIS_URL')]);
  });

  it('finds an eviction policy that deletes jobs, through the gateway too', async () => {
    await using direct = await startRedisServer({ config: ['maxmemory-policy allkeys-lru'] });
    const own = await ills(['--redis', direct.url]);
    expect([own.code, own.ills['redis.policy']]).toEqual([
      1,
      'fail: maxmemory-policy is allkeys-lru: Redis evicts jobs when its memory is full',
    ]);
    expect(own.ills['redis.persistence']).toMatch(/^warn: the append-only file is disabled/);
  });

  it.each([
    ['alone', []],
    ['beside a policy that is wrong too', ['maxmemory-policy allkeys-lru']],
  ])('finds a Redis that is too old: %s', async (_, config) => {
    await using real = await startRedisServer({ config });
    await using old = await inFrontOf(real.port, /redis_version:\d/, 'redis_version:6');
    const found = await ills(['--redis', old.url]);
    expect(found.code).toBe(1);
    expect(found.ills['redis.version']).toMatch(/^fail: .*6\.\d/);
  });

  it('finds a user of Redis that may not wait for jobs', async () => {
    const redis = new Redis(stack.redis);
    await redis.call('ACL', 'SETUSER', 'deaf', 'on', '>pass', '~*', '&*', '+@all', '-blpop');
    const own = await ills(['--redis', stack.redis.replace('redis://', 'redis://deaf:pass@')]);
    expect(own).toEqual({
      code: 0,
      ills: { 'redis.wake': expect.stringMatching(/^warn: .*BLPOP.*NOPERM/) },
    });
    await redis.call('ACL', 'DELUSER', 'deaf');
    redis.disconnect();
  });

  it('finds clocks that disagree', async () => {
    const found = await ills([], { now: () => Date.now() + 60_000 });
    expect(found.code).toBe(1);
    expect(found.ills['gateway.clock']).toMatch(/^fail: its clock is (1m|59s|1m 1s).* behind/);
    expect(found.ills['redis.clock']).toMatch(/^fail: .* behind this machine/);
  });

  it('finds a queue that nobody serves, one that is paused, and a wake token that is gone', async () => {
    await stack.relay(['enqueue', 'alone', '1']);
    await stack.relay(['enqueue', 'paused', '1']);
    await stack.relay(['pause', 'paused']);
    await until(async () => (await ills()).ills['workers.alive'] !== undefined, {
      what: 'the gateway to have lost its patience',
      deadlineMs: 30_000,
      everyMs: 500,
    });
    const found = await ills();
    expect(found.ills['workers.alive']).toBe(
      'fail: jobs are waiting in queues that no worker serves: alone',
    );
    expect(found.ills['queues.paused']).toBe('warn: paused with jobs waiting: paused (1)');
    // The queue is repaired by its next job.
    const redis = new Redis(stack.redis);
    await redis.del('relay:{alone}:wake');
    expect((await ills()).ills['queues.sound']).toMatch(/^fail: alone: there is work to claim/);
    await redis.config('SET', 'maxmemory-policy', 'volatile-lru');
    const gateway = await stack.relay(['--json', 'doctor']);
    expect(gateway.out).toContain('maxmemory-policy is volatile-lru');
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    redis.disconnect();
    await broker.nudge('alone');
    expect((await ills()).ills['queues.sound']).toBeUndefined();
    for (const queue of ['alone', 'paused']) {
      const { items } = await broker.list(queue, 'ready');
      for (const { id } of items) await broker.cancel(queue, id);
    }
  });

  it('finds a reaper-promoter that has stopped, and what waits for it', async () => {
    // Stopped, not ended: it never said that it goes.
    reaper.kill('SIGSTOP');
    await stack.relay(['enqueue', 'work', '{"n":1}', '--type', 'double', '--delay', '1ms']);
    await until(async () => (await ills(['--max-lag', '0'])).ills['reaper.lag'] !== undefined, {
      what: 'the job to be late',
    });
    const found = await ills(['--max-lag', '0']);
    expect(found.ills['reaper.lag']).toMatch(/^fail: due or crashed jobs are waiting .*: work by /);
    await until(async () => (await ills(['--max-lag', '1s'])).ills['reaper.alive'] !== undefined, {
      what: 'its silence to be noticed',
      deadlineMs: 60_000,
      everyMs: 500,
    });
    expect((await ills(['--max-lag', '1s'])).ills['reaper.alive']).toMatch(
      /^fail: no reaper-promoter has sent a heartbeat for /,
    );
    reaper.kill('SIGCONT');
    await until(async () => (await ills(['--max-lag', '0'])).code === 0, {
      what: 'everything to be well again',
      deadlineMs: 30_000,
    });
  });

  it('finds that no worker runs', async () => {
    await worker.stop();
    expect((await ills()).ills['workers.alive']).toBe('warn: no worker is running');
    await stack.relay(['enqueue', 'work', '{"n":1}']);
    // The gateway reads the queues once a second at most.
    await until(
      async () =>
        (await ills()).ills['workers.alive'] === 'fail: no worker is running, with 1 job waiting',
      { what: 'the job to be seen' },
    );
  });

  it('finds a gateway and a Redis that do not answer', async () => {
    const ran = await relay(
      ['--json', '--url', 'http://127.0.0.1:1', '--timeout', '300ms', 'doctor'],
      {
        env: { REDIS_URL: 'redis://127.0.0.1:1' },
      },
    );
    const [{ findings }] = ran.json();
    const wrong = findings.flatMap((one: { id: string; status: string }) =>
      one.status === 'fail' ? [one.id] : [],
    );
    expect([ran.code, wrong]).toEqual([1, ['gateway.reachable', 'redis.reachable']]);
  });

  it('finds a key that may not look, and one that is unknown', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'relay-doctor-'));
    try {
      const file = join(dir, 'keys.json');
      const { token } = await createKey(file, { name: 'shop', roles: ['producer'] });
      await using gateway = await startGateway(stack.redis, { RELAY_API_KEYS_FILE: file });
      const auth = async (key: string): Promise<string> => {
        const ran = await relay(['--json', '--url', gateway.url, 'doctor'], {
          env: { RELAY_API_KEY: key },
        });
        const [{ findings }] = ran.json();
        const found = findings.find((one: { id: string }) => one.id === 'gateway.auth');
        return `${ran.code} ${found.status} ${found.message}`;
      };
      expect(await auth(token)).toMatch(/^1 fail .*lacks the permission/);
      expect(await auth(`rk_abcdef123456_${'A'.repeat(43)}`)).toMatch(/^1 fail .*unknown/);
      const refused = await relay(['--url', gateway.url, 'queues'], {
        env: { RELAY_API_KEY: token },
      });
      expect(refused.code).toBe(4);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
