// Over 300 lines on purpose: one installation serves all its tests, and its seven services take a while to start.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ROUTES } from '@relay/contract';
import {
  assertConsistent,
  freePort,
  type ManagedProcess,
  until as untilSoon,
} from '@relay/testkit';
import { Redis } from 'ioredis';
import { Installation, type Running } from './support/installation.ts';

const run = promisify(execFile);
const HEALTHCHECK = fileURLToPath(new URL('../docker/healthcheck.mjs', import.meta.url));
const USERS = ['relay-api-gateway', 'relay-worker', 'relay-reaper-promoter'] as const;
const QUEUE = 'default';
/** Seven services on a machine that does other things too. */
const PATIENCE_MS = 60_000;
jest.setTimeout(5 * PATIENCE_MS);

const until: typeof untilSoon = (look, options) =>
  untilSoon(look, { deadlineMs: PATIENCE_MS, ...options });

let site: Installation;
let gateways: Running[];
let reapers: Running[];
let workers: Running[];
let dashboard: Running;

beforeAll(async () => {
  site = await Installation.start();
  [gateways, reapers, workers] = await Promise.all([
    Promise.all([site.start('api-gateway'), site.start('api-gateway')]),
    Promise.all([site.start('reaper-promoter'), site.start('reaper-promoter')]),
    Promise.all([site.start('worker'), site.start('worker')]),
  ]);
  dashboard = await site.start('dashboard', { RELAY_API_URL: gateways[0]!.url });
  await Promise.all([...gateways, ...reapers, ...workers, dashboard].map((one) => ready(one)));
}, 5 * PATIENCE_MS);

afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

async function status(url: string): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  await response.arrayBuffer();
  return response.status;
}

async function ready({ url }: Running): Promise<void> {
  await until(async () => (await status(`${url}/readyz`)) === 200, {
    what: `${url} to be ready`,
  });
}

/** A request with an API key; throws when it is not answered well. */
async function call(
  url: string,
  path: string,
  key: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      Authorization: `Bearer ${key}`,
      ...(body === undefined
        ? {}
        : { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/** How often each job has run to its end, by what the workers wrote. */
function runs(word = 'ran'): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { process } of workers) {
    for (const line of process.lines()) {
      const id = line.startsWith(`${word} `) ? line.slice(word.length + 1) : undefined;
      if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return counts;
}

const posted = new Set<string>();
/** Posts to the first gateway that answers, under one idempotency key, until one has accepted the job. */
async function post(type: string, payload: unknown, queue = QUEUE): Promise<string> {
  const key = crypto.randomUUID();
  return await until(
    async () => {
      for (const { url } of gateways) {
        // oxlint-disable-next-line no-await-in-loop -- the next one when this one is gone.
        const response = await fetch(`${url}/v1/queues/${queue}/jobs`, {
          method: 'POST',
          headers: {
            Authorization: `Bearer ${site.secret('api-key.demo')}`,
            'Content-Type': 'application/json',
            'Idempotency-Key': key,
          },
          body: JSON.stringify({ type, payload }),
          signal: AbortSignal.timeout(5_000),
          // Gone, or slow: the next gateway is asked, and then the first one again, until the deadline.
        }).catch(() => undefined);
        // oxlint-disable-next-line no-await-in-loop -- an answer that was cut is as good as none.
        const answer = (await response?.json().catch(() => undefined)) as
          | { id?: string }
          | undefined;
        if (response?.ok && answer?.id !== undefined) {
          posted.add(answer.id);
          return answer.id;
        }
      }
      return undefined;
    },
    { what: 'a gateway to accept the job' },
  );
}

/** SIGTERM, and the exit code: 0 only if each step of its end was done within its budget. */
async function end(process: ManagedProcess): Promise<number | null> {
  process.kill('SIGTERM');
  return (await process.exit).code;
}

describe('an installation of deployments/', () => {
  it('runs as a user without rights, where this machine has one, and writes no file', async () => {
    if (site.runAs.uid === undefined)
      console.warn(`Not checked: another user, because ${site.runAs.reason}`);
    for (const { process } of [...gateways, ...workers, ...reapers, dashboard]) {
      if (site.runAs.uid === undefined || globalThis.process.platform !== 'linux') break;
      const uids = /^Uid:\s+(\d+)\s+(\d+)/m.exec(
        readFileSync(`/proc/${process.pid}/status`, 'utf8'),
      );
      expect(uids?.slice(1)).toEqual([String(site.runAs.uid), String(site.runAs.uid)]);
    }
    // Every file that it may not write is an error somewhere: the logs must not know one.
    const complaints = [...gateways, ...workers, ...reapers, dashboard].flatMap(({ process }) =>
      process.lines().filter((line) => /EACCES|EROFS|EPERM|permission denied|NOPERM/i.test(line)),
    );
    expect(complaints).toEqual([]);
  });

  it('carries jobs through all services over TLS, each with a Redis user of its own', async () => {
    const id = await post('quick', { ms: 1 });
    await until(() => runs().get(id), { what: 'the job to have run' });
    const seen = await until(
      async () => {
        const job = await call(dashboard.url, `/api/relay/v1/queues/${QUEUE}/jobs/${id}`, 'none');
        return job['state'] === 'completed' && job;
      },
      { what: 'the dashboard to show the completed job' },
    );
    expect(seen['id']).toBe(id);
    const connected = await withAdmin((admin) => admin.client('LIST'));
    const users = new Set([...String(connected).matchAll(/ user=(\S+)/g)].map((match) => match[1]));
    expect([...users]).toEqual(expect.arrayContaining([...USERS]));
  });

  it('answers everything that can be asked, with what its Redis user may do', async () => {
    const id = [...posted][0]!;
    const key = site.secret('api-key.demo');
    const url = gateways[0]!.url;
    const at = (path: string) => `${url}${path.replace('{queue}', QUEUE).replace('{id}', id)}`;
    // A store that is late for a moment answers 503 too; one that refuses does so for ever. Without a pause each try would
    // stand behind the one that was given up before it, which still waits for a replica, and be late for that.
    const send = async (...request: Parameters<typeof once>): Promise<number> =>
      await until(
        async () => {
          const code = await once(...request);
          return code !== 503 && code;
        },
        { what: `${request.slice(0, 2).join(' ')} to be answered`, everyMs: 2_500 },
      );
    const once = async (
      method: string,
      path: string,
      body?: unknown,
      query = '',
    ): Promise<number> => {
      const response = await fetch(at(path) + query, {
        method,
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(10_000),
      });
      await response.body?.cancel();
      return response.status;
    };
    const reads = Object.values(ROUTES).filter(({ method }) => method === 'GET');
    const answers = await Promise.all(
      reads.map(async ({ path }) => `${path} ${await send('GET', path)}`),
    );
    expect(reads.length).toBeGreaterThan(10);
    expect(answers.filter((answer) => !/ (2\d\d|404|422)$/.test(answer))).toEqual([]);
    const schedule = { queue: 'timed', job: { type: 'tick', payload: {} }, everyMs: 1_000 };
    const writes = await Promise.all([
      send('POST', '/v1/queues/{queue}/pause'),
      send('PUT', '/v1/schedules/tick', schedule),
      send('POST', '/v1/queues/other/jobs', { type: 'x', payload: 1, durability: 'replicated' }),
      send('POST', '/v1/queues/other/jobs/bulk', {
        jobs: [{ type: 'x', payload: 1, delayMs: 60_000 }],
      }),
      send('POST', '/v1/leases', { queues: ['other'], max: 1, workerId: 'w' }),
      send('POST', '/v1/leases', { queues: ['idle'], waitMs: 100, workerId: 'w' }),
    ]);
    expect(
      [...writes, await send('POST', '/v1/queues/{queue}/resume')].filter((code) => code >= 300),
    ).toEqual([]);
    // A tick is the work of the loops, with their user.
    await until(async () => Number((await call(url, '/v1/queues/timed/stats', key))['ready']) > 0, {
      what: 'the schedule to fire',
    });
    expect(await send('DELETE', '/v1/schedules/tick')).toBeLessThan(300);
  });

  it('at SIGTERM under load nothing runs twice, and each service ends with 0 within its budget', async () => {
    let posting = true;
    const producers = Array.from({ length: 8 }, async () => {
      while (posting) {
        // oxlint-disable-next-line no-await-in-loop -- a producer posts one job after the other.
        await post('quick', { ms: 20 });
      }
    });
    await until(() => runs().size > 60, { what: 'the load to run' });
    const busy = workers[0]!.process;
    await until(() => busy.lines().at(-1)?.startsWith('began '), { what: 'the worker to be busy' });
    const ends = await Promise.all([
      end(busy),
      end(reapers[0]!.process),
      end(gateways[0]!.process),
    ]);
    const before = runs().size;
    await until(() => runs().size > before + 20, {
      what: 'the others to go on',
    });
    posting = false;
    await Promise.all(producers);
    await until(() => runs().size === posted.size, {
      what: 'all jobs to have run',
    });
    expect(ends).toEqual([0, 0, 0]);
    expect([...runs()].filter(([, times]) => times !== 1)).toEqual([]);
    expect(runs().size).toBeGreaterThan(80);
    expect(new Set(runs().keys())).toEqual(posted);
    gateways.shift();
    reapers.shift();
  });

  it('a job of a killed worker is run by another one, through the loops', async () => {
    const env = { RELAY_QUEUES: 'held', RELAY_LEASE_MS: '2000' };
    const victim = await site.start('worker', env);
    workers.push(victim);
    const id = await post('hold', {}, 'held');
    await until(() => runs('began').get(id), { what: 'the worker to hold the job' });
    victim.process.kill('SIGKILL');
    workers.push(await site.start('worker', env));
    await until(() => runs().get(id), { what: 'the job to have run after all' });
  });

  it('no service was refused anything by Redis in all of that', async () => {
    const entries = (await withAdmin((admin) => admin.acl('LOG'))) as unknown[];
    const refused = entries
      .map((entry) => (Array.isArray(entry) ? entry.map(String).join(' ') : JSON.stringify(entry)))
      .filter((entry) => !/client\|setinfo/i.test(entry));
    expect(refused).toEqual([]);
  });
});

async function withAdmin<T>(look: (admin: Redis) => Promise<T>): Promise<T> {
  const admin = new Redis(site.adminUrl());
  try {
    return await look(admin);
  } finally {
    admin.disconnect();
  }
}

describe('the users of Redis', () => {
  it.each(USERS)('%s may do what its service does, and nothing else', async (user) => {
    const client = new Redis(site.secret(`redis-url.${user.replace('relay-', '')}`), {
      tls: { ca: site.ca },
      maxRetriesPerRequest: 0,
      // INFO is asked for by the client itself.
      enableReadyCheck: false,
    });
    const refused = [
      ['flushall'],
      ['flushdb'],
      ['keys', '*'],
      ['scan', '0'],
      ['config', 'get', 'requirepass'],
      ['acl', 'list'],
      ['debug', 'sleep', '0'],
      ['script', 'flush'],
      ['shutdown'],
      ['monitor'],
      ['client', 'kill', 'id', '1'],
      ['replicaof', 'no', 'one'],
      ['set', 'other:key', '1'],
      ['get', 'other:key'],
      ['publish', 'other', '1'],
      ['eval', "return redis.call('set', 'other:key', '1')", '0'],
      ['eval', "return redis.call('flushall')", '0'],
      ...(user === 'relay-api-gateway'
        ? []
        : [
            ['hgetall', 'relay:operations'],
            ['get', 'relay:note:x'],
          ]),
      ...(user === 'relay-worker'
        ? [
            ['hgetall', 'relay:{.schedules}:definitions'],
            ['zrangebylex', 'relay:queues', '-', '+'],
          ]
        : []),
    ];
    try {
      const answers = await Promise.all(
        refused.map(([command = '', ...args]) =>
          client.call(command, ...args).then(
            () => `${command} ${args.join(' ')}`,
            (error: Error) => error.message,
          ),
        ),
      );
      expect(
        answers.filter(
          (answer) =>
            !/NOPERM|No permission|permissions to (run|access)|can't (run this command|access)/i.test(
              answer,
            ),
        ),
      ).toEqual([]);
      expect(await client.ping()).toBe('PONG');
    } finally {
      client.disconnect();
    }
  });

  it('nobody comes in without a name, or without trusting the certificate', async () => {
    const nameless = new Redis(site.redis.url, {
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
    });
    // The call below tells the same.
    nameless.on('error', () => undefined);
    await expect(nameless.ping()).rejects.toThrow('NOAUTH');
    nameless.disconnect();
    const stranger = await site.launch('reaper-promoter', { NODE_EXTRA_CA_CERTS: '' });
    await stranger.waitForLine(/self[- ]signed certificate/, PATIENCE_MS);
    await stranger.stop();
  });

  it('a wrong password is one line and an end, not a loop', async () => {
    const url = site.secret('redis-url.worker').replace(/:[0-9a-f]+@/, ':wrong@');
    const wrong = await site.launch('worker', { REDIS_URL: url, REDIS_URL_FILE: '' });
    expect((await wrong.exit).code).toBe(1);
    const complaints = wrong.lines().filter((line) => line.startsWith('worker:'));
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(/WRONGPASS/);
    expect(wrong.lines().join('\n')).not.toContain(':wrong@');
  });
});

describe('while it runs', () => {
  it('a rotated API key is taken over without a restart', async () => {
    const old = site.secret('api-key.demo');
    const keda = site.secret('api-key.keda');
    const stats = (key: string) => call(gateways[0]!.url, `/v1/queues/${QUEUE}/stats`, key);
    await stats(old);
    site.rotate('api-key.demo');
    const fresh = site.secret('api-key.demo');
    expect(fresh).not.toBe(old);
    await until(async () => await stats(fresh), { what: 'the new key to be accepted' });
    await until(() => stats(old).catch((error: Error) => error.message.includes(' 401')), {
      what: 'the old key to be refused',
    });
    await until(async () => (await stats(keda))['ready'] === 0, { what: 'another key to go on' });
  });

  it('without Redis all are alive and none is ready; with it they are, by themselves', async () => {
    await withAdmin((admin) => assertConsistent(admin, QUEUE));
    const ours = [gateways[0]!, reapers[0]!, workers[1]!];
    await site.redis.kill();
    // One that starts meanwhile waits, as its manifest tells it to, and says so.
    const port = await freePort();
    const late = await site.launch('reaper-promoter', { PORT: String(port) });
    await late.waitForLine(/is unavailable, waiting/, PATIENCE_MS);
    ours.push({ process: late, url: `http://127.0.0.1:${port}` });
    for (const one of ours) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other reads better when it fails.
      await until(async () => (await status(`${one.url}/readyz`)) === 503, {
        what: `${one.url} to be not ready`,
      });
      // oxlint-disable-next-line no-await-in-loop
      await until(async () => (await status(`${one.url}/livez`)) === 200, {
        what: 'it to be alive',
      });
      // oxlint-disable-next-line no-await-in-loop
      await expect(healthcheck(one.url)).rejects.toThrow(/answers 503|does not answer/);
    }
    await site.redis.restart();
    await Promise.all(ours.map((one) => ready(one)));
    await healthcheck(ours[0]!.url);
    const id = await post('quick', { ms: 1 });
    await until(() => runs().get(id), { what: 'the job to have run' });
    const codes = await Promise.all([
      ...ours.map(({ process }) => end(process)),
      end(dashboard.process),
    ]);
    expect(codes).toEqual([0, 0, 0, 0, 0]);
    await withAdmin((admin) => assertConsistent(admin, QUEUE));
  });
});

/** What the images ask of themselves. */
async function healthcheck(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  await run(process.execPath, [HEALTHCHECK], { env: { HOST: hostname, PORT: port } });
}
