import { statSync } from 'node:fs';
import { run, startRedisServer, until } from '@relay/testkit';
import { MAIN, monotonicMs } from '../history/events.ts';
import { standalone } from '../stack/store.ts';
import { recovery } from './network.ts';
import { aofOf, redisNow, serverOf, withRedis } from './redis.ts';
import type { Row } from './row.ts';

const f17: Row = {
  id: 'F17',
  title: 'maxmemory reached',
  expected: 'enqueue refused with store-full; every settle and reap succeeds; drains to zero',
  async inject(scene) {
    const { stack } = scene;
    await withRedis(scene, async (client) => {
      const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
      await client.config('SET', 'maxmemory', String(used + 500_000));
      stack.fault('maxmemory');
      const victim = stack.all('worker')[0];
      if (victim) await stack.signal(victim, 'SIGKILL');
      await until(() => scene.load.refused > 50, {
        what: 'enqueues to be refused',
        deadlineMs: 60_000,
      });
      const drained = await until(
        async () => {
          const counts = (await stack.broker.stats(MAIN))?.counts;
          return counts && counts.ready + counts.scheduled + counts.active === 0;
        },
        { what: 'the queue to drain while Redis is full', deadlineMs: 40_000, everyMs: 50 },
      ).then(
        () => true,
        () => false,
      );
      scene.expect(drained, 'a full Redis did not drain');
      await client.config('SET', 'maxmemory', '0');
      stack.heal('room again');
      if (victim) await victim.start();
    });
    scene.injected = 'maxmemory half a MiB above what is used, and a worker killed';
  },
  judge(scene, { events }) {
    const codes = new Map<string, number>();
    for (const event of events)
      if (event.e === 'fail' || event.e === 'unknown')
        codes.set(event.code, (codes.get(event.code) ?? 0) + 1);
    for (const [code, times] of codes) scene.figure({ name: `answered ${code}`, value: times });
    scene.expect(
      [...codes.keys()].every((code) => code === 'store-full'),
      'a caller saw something else than store-full',
    );
  },
};

const f18: Row = {
  id: 'F18',
  title: 'a wrong eviction policy',
  expected: 'the service says so and refuses to start',
  perSecond: 50,
  async inject(scene) {
    const evicting = await startRedisServer({ config: ['maxmemory-policy allkeys-lru'] });
    try {
      for (const role of ['gateway', 'worker', 'reaper'] as const) {
        const { code, lines } = await scene.stack.tryStart(role, {
          REDIS_URL: evicting.url,
          PORT: '0',
        });
        const said = lines.some((line) => line.includes('noeviction'));
        scene.figure({ name: `${role}: exit code`, value: code ?? 'none' });
        scene.expect(
          code === 1 && said,
          `a ${role} on an evicting Redis ended with ${code} and did not say why`,
        );
      }
    } finally {
      await evicting.stop();
    }
    scene.injected = 'each service started on a Redis with allkeys-lru';
  },
};

const f20: Row = {
  id: 'F20',
  title: 'the AOF cannot be written (full disk)',
  expected: '503, and back by itself',
  async prepare() {
    if (process.platform !== 'linux')
      return { unfit: 'limits of a running process are set with prlimit, on Linux' };
    // A write beyond the limit is then an error and no signal, as on a full disk.
    const options = { appendonly: true, config: ['appendfsync everysec'], before: "trap '' XFSZ" };
    return { store: standalone(options) };
  },
  async inject(scene) {
    const { stack } = scene;
    const server = serverOf(scene);
    const url = `${stack.gatewayUrls[0]}`;
    const size = statSync(aofOf(server)).size;
    await prlimit(server.pid, `${size + 20_000}`);
    stack.fault('full disk');
    const statuses: number[] = [];
    const alive = new Set<number>();
    const ask = async (): Promise<void> => {
      const begun = monotonicMs();
      const answer = await fetch(`${url}/v1/queues/probe/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"payload":1}',
      });
      await answer.body?.cancel();
      statuses.push(answer.status);
      if (answer.status === 503) slowest = Math.max(slowest, monotonicMs() - begun);
      alive.add((await fetch(`${url}/livez`)).status);
    };
    let slowest = 0;
    await scene.every(300, 8_000, ask);
    await prlimit(server.pid, 'unlimited');
    stack.heal('room on the disk again');
    await scene.pass(4_000);
    scene.figure({
      name: '503 within',
      value: Math.round(slowest),
      unit: 'ms',
      most: 2_000,
      timed: true,
    });
    scene.expect(statuses.includes(503), 'enqueue was never refused: the disk was not full');
    scene.expect(
      statuses.every((status) => status === 503 || status === 201),
      `enqueue answered ${[...new Set(statuses)].join(', ')}`,
    );
    scene.expect([...alive].join() === '200', `liveness was ${[...alive].join(', ')}`);
    scene.injected = 'RLIMIT_FSIZE at the size of the AOF for 8 s: each write to it fails';
  },
  judge: (scene, evidence) => recovery(scene, evidence, 5_000),
};

async function prlimit(pid: number, soft: string): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--fsize=${soft}:`]);
}

const f30: Row = {
  id: 'F30',
  title: 'a job hash deleted, a garbage id added, a key of the wrong type',
  expected: 'reported and skipped; no crash loop',
  tampered: true,
  stack: { counts: { 'bad-client': 0 } },
  async inject(scene) {
    const { stack } = scene;
    const damaged = new Set<string>();
    await withRedis(scene, async (client) => {
      const key = (part: string): string => `relay:{${MAIN}}:${part}`;
      for (let i = 0; i < scene.count(5); i++) {
        await stack.broker.pause(MAIN);
        stack.log.note({ e: 'paused', t: monotonicMs(), queue: MAIN, at: await redisNow(client) });
        await scene.pass(700);
        const ready = await client.zrange(key('ready'), '0', '2');
        await client.hdel(key('jobs'), ...ready);
        for (const id of ready) damaged.add(id);
        await client.zadd(key('ready'), '1', `garbage ${i}`);
        await client.zadd(key('scheduled'), '1', `garbage too ${i}`);
        await client.zadd(key('active'), '1', `and more ${i}`);
        stack.fault('records and ids');
        stack.log.note({ e: 'resume', t: monotonicMs(), queue: MAIN, at: await redisNow(client) });
        await stack.broker.resume(MAIN);
        await scene.pass(1_000);
      }
      // Another queue, which the background loops find in the registry.
      await stack.broker.enqueue('wrecked', { payload: '1' });
      await client.del('relay:{wrecked}:ready');
      await client.set('relay:{wrecked}:ready', 'of another type');
      await client.set('relay:{wrecked}:active', 'of another type');
      await scene.pass(3_000);
      const refused = await stack.broker.enqueue('wrecked', { payload: '2' }).then(
        () => 'accepted',
        (error: unknown) =>
          error instanceof Error && 'code' in error ? String(error.code) : 'an error',
      );
      scene.figure({ name: 'an enqueue to the wrecked queue', value: refused });
      scene.expect(
        refused === 'store-corrupt',
        `an enqueue to a wrecked queue was answered ${refused}`,
      );
      const ghosts = Number(await client.hget(key('stats'), 'ghosts'));
      scene.figure({ name: 'ghosts counted', value: ghosts });
      scene.expect(
        ghosts >= damaged.size,
        `${ghosts} ghosts were counted of at least ${damaged.size}`,
      );
      await client.del('relay:{wrecked}:ready', 'relay:{wrecked}:active');
    });
    scene.expect(stack.exits.length === 0, `${stack.exits.length} services have ended`);
    scene.allowed = { damaged };
    scene.figure({ name: 'records deleted', value: damaged.size });
    scene.injected =
      'records of ready jobs deleted, garbage in ready, scheduled and active, two keys of another type';
  },
};

export const DAMAGE_ROWS: readonly Row[] = [f17, f18, f20, f30];
