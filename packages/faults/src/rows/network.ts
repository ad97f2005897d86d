import type { FaultProxy } from '@relay/testkit';
import { Redis } from 'ioredis';
import { answerTimes, quantile } from '../check/recovery.ts';
import { monotonicMs } from '../history/events.ts';
import type { Row, Scene } from './row.ts';

function proxyOf({ stack }: Scene): FaultProxy {
  if (stack.proxy === undefined) throw new Error('this row needs a proxy');
  return stack.proxy;
}

const f12: Row = {
  id: 'F12',
  title: 'connection resets every 200 ms, through a TCP proxy',
  expected: 'lost 0',
  stack: { proxied: true },
  async inject(scene) {
    const proxy = proxyOf(scene);
    const resets = await scene.every(200, scene.count(50) * 200, () => proxy.resetAll());
    scene.stack.heal('no more resets');
    scene.injected = `${resets} resets of every connection to Redis`;
  },
};

/** The scripts whose replies are cut, by the hash under which they are called. */
const CUT_SCRIPTS = ['enqueue', 'settle-and-claim', 'extend', 'reap', 'promote'];

const f13: Row = {
  id: 'F13',
  title: 'replies cut after N bytes, of claim, settle and enqueue alike',
  expected:
    'lost 0; no lease stranded, no false lease-lost, no job twice; no reply ever goes to the wrong call',
  smoke: true,
  stack: { proxied: true, counts: { 'bad-client': 0 } },
  async inject(scene) {
    const proxy = proxyOf(scene);
    const shas = CUT_SCRIPTS.flatMap((name) => scene.stack.scripts.get(name)?.sha ?? []);
    // More often, and some connection is not up again before its leases end: that would be no lost reply.
    await scene.every(80, scene.count(250) * 80, () => {
      if (scene.random() < 0.5) proxy.cutReplyAfter(scene.between(1, 3_000));
      else proxy.cutNextReply(shas[scene.between(0, shas.length - 1)] ?? '');
    });
    proxy.cutReplyAfter(Number.POSITIVE_INFINITY);
    scene.stack.heal('no more cuts');
    scene.figure({ name: 'replies cut', value: proxy.cuts });
    scene.injected = `${proxy.cuts} replies cut, whole or in their middle`;
    scene.expect(proxy.cuts > 0, 'no reply was cut: nothing was shown');
  },
  judge(scene, evidence, { duplicated, crashed }) {
    scene.figure({ name: 'duplicated', value: duplicated.length, most: 0 });
    scene.figure({ name: 'leases stranded until they expired', value: crashed, most: 0 });
    scene.figure({ name: 'false lease-lost', value: scene.staleByServices, most: 0 });
    scene.expect(evidence.asked.size > 0, 'nothing was asked for');
  },
};

const f14: Row = {
  id: 'F14',
  title: 'Redis slower by 200 ± 100 ms',
  expected: 'no lease lost; p99 of enqueue ≤ 1 s',
  stack: { proxied: true, counts: { 'bad-client': 0 } },
  async inject(scene) {
    const proxy = proxyOf(scene);
    // A half each way.
    proxy.delay(100, 50);
    const from = monotonicMs();
    await scene.pass(scene.count(15) * 1_000);
    scene.figure({ name: 'from', value: from });
    scene.figure({ name: 'to', value: monotonicMs() });
    proxy.delay(0);
    scene.stack.heal('as fast as before');
    scene.injected = 'every chunk to and from Redis 100 ± 50 ms late, for 15 s';
  },
  judge(scene, evidence, { crashed, duplicated }) {
    const [from = 0, to = 0] = ['from', 'to'].map((name) => Number(take(scene, name)));
    const times = answerTimes(evidence, from, to);
    scene.figure({ name: 'enqueue p50', value: Math.round(quantile(times, 0.5)), unit: 'ms' });
    scene.figure({
      name: 'enqueue p99',
      value: Math.round(quantile(times, 0.99)),
      unit: 'ms',
      most: 1_000,
      timed: true,
    });
    scene.figure({ name: 'leases lost', value: crashed + scene.staleByServices, most: 0 });
    scene.figure({ name: 'duplicated', value: duplicated.length, most: 0 });
  },
};

/** Takes a figure out that is none for the report. */
function take(scene: Scene, name: string): number | string {
  const at = scene.figures.findIndex((one) => one.name === name);
  return scene.figures.splice(at, 1)[0]?.value ?? 0;
}

const f15: Row = {
  id: 'F15',
  title: 'a black hole for 15 s, then half-open connections',
  expected: 'enqueue answers 503 within 2 s; liveness stays 200; back ≤ 5 s after',
  stack: { proxied: true },
  async inject(scene) {
    const { stack } = scene;
    const proxy = proxyOf(scene);
    const url = stack.gatewayUrls[0] ?? '';
    proxy.blackHole();
    stack.fault('black hole');
    let slowest = 0;
    const statuses = new Set<number>();
    const alive = new Set<number>();
    await scene.every(500, scene.count(15) * 1_000, async () => {
      const begun = monotonicMs();
      const [answer, live] = await Promise.all([
        fetch(`${url}/v1/queues/probe/jobs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"payload":1}',
          signal: AbortSignal.timeout(20_000),
        }),
        fetch(`${url}/livez`),
      ]);
      slowest = Math.max(slowest, monotonicMs() - begun);
      statuses.add(answer.status);
      alive.add(live.status);
    });
    proxy.pass();
    stack.heal('the black hole is gone');
    await scene.pass(6_000);
    proxy.halfOpen();
    stack.fault('half-open connections');
    stack.heal('new connections work');
    await scene.pass(6_000);
    scene.injected =
      'nothing through for 15 s; later every connection lost its other end in silence';
    scene.expect(
      [...statuses].join() === '503',
      `enqueue answered ${[...statuses].join(', ')}, not 503`,
    );
    scene.expect([...alive].join() === '200', `liveness was ${[...alive].join(', ')}, not 200`);
    scene.figure({
      name: 'slowest 503',
      value: Math.round(slowest),
      unit: 'ms',
      most: 2_000,
      timed: true,
    });
  },
  judge: (scene, evidence) => recovery(scene, evidence, 5_000),
};

/** From each heal to a job that was accepted, and one that was begun. */
export function recovery(
  scene: Scene,
  { events }: { readonly events: readonly { readonly e: string; readonly t: number }[] },
  most: number,
): void {
  for (const heal of events.filter(({ e }) => e === 'heal')) {
    const after = (kind: string): number => {
      const found = events.find(({ e, t }) => e === kind && t > heal.t);
      return found ? Math.round(found.t - heal.t) : Number.POSITIVE_INFINITY;
    };
    const what = 'what' in heal ? String(heal.what) : '';
    scene.figure({
      name: `${what}: accepts after`,
      value: after('ok'),
      unit: 'ms',
      most,
      timed: true,
    });
    scene.figure({
      name: `${what}: works after`,
      value: after('start'),
      unit: 'ms',
      most,
      timed: true,
    });
  }
}

const f16: Row = {
  id: 'F16',
  title: 'CLIENT KILL, CLIENT PAUSE',
  expected: 'lost 0',
  async inject(scene) {
    const client = new Redis(scene.stack.store.url);
    try {
      const rounds = scene.count(8);
      for (let i = 0; i < rounds; i++) {
        scene.stack.fault('CLIENT KILL');
        for (const type of ['normal', 'pubsub'])
          await client.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
        await scene.pass(scene.between(300, 800));
        const mode = i % 2 === 0 ? 'WRITE' : 'ALL';
        scene.stack.fault(`CLIENT PAUSE ${mode}`);
        await client.call('CLIENT', 'PAUSE', 500, mode);
        await scene.pass(scene.between(700, 1_200));
      }
      scene.injected = `${rounds} × CLIENT KILL of all, and CLIENT PAUSE of 500 ms`;
    } finally {
      client.disconnect();
    }
  },
};

const f19: Row = {
  id: 'F19',
  title: 'SCRIPT FLUSH every 300 ms',
  expected: 'no error reaches a caller',
  async inject(scene) {
    const client = new Redis(scene.stack.store.url);
    try {
      const flushes = await scene.every(300, scene.count(40) * 300, () =>
        client.call('SCRIPT', 'FLUSH'),
      );
      scene.injected = `${flushes} × SCRIPT FLUSH`;
    } finally {
      client.disconnect();
    }
  },
  judge(scene, { events }) {
    const errors = events.filter(({ e }) => e === 'unknown' || e === 'fail').length;
    scene.figure({ name: 'errors of callers', value: errors, most: 0 });
  },
};

export const NETWORK_ROWS: readonly Row[] = [f12, f13, f14, f15, f16, f19];
