import { readFileSync } from 'node:fs';
import { MAIN, monotonicMs } from '../history/events.ts';
import { LEASE_MS, type StackOptions } from '../stack/stack.ts';
import { redisNow, withRedis } from './redis.ts';
import { killAndRestart, pick, type Row, type Scene } from './row.ts';

type Fault = (scene: Scene) => Promise<unknown>;

function killer(role: 'worker' | 'gateway' | 'reaper'): Fault {
  return async (scene) => {
    await killAndRestart(scene, pick(scene, scene.stack.all(role)));
  };
}

/** What may go wrong, by name. Each breaks and mends. */
const FAULTS: Readonly<Record<string, Fault>> = {
  'a worker is killed': killer('worker'),
  'a gateway is killed': killer('gateway'),
  'a reaper-promoter is killed': killer('reaper'),
  'a worker is frozen': async (scene) => {
    const victim = pick(scene, scene.stack.all('worker'));
    await scene.stack.signal(victim, 'SIGSTOP');
    await scene.pass(LEASE_MS + scene.between(500, 2_000));
    await victim.signal('SIGCONT');
  },
  'a worker is drained': async (scene) => {
    const victim = pick(scene, scene.stack.all('worker'));
    await scene.stack.signal(victim, 'SIGTERM');
    await victim.start();
  },
  'connections are reset': async (scene) => {
    await scene.every(200, 1_500, () => scene.stack.proxy?.resetAll());
  },
  'replies are cut': async (scene) => {
    const { proxy } = scene.stack;
    const shas = ['enqueue', 'settle-and-claim', 'extend'].flatMap(
      (name) => scene.stack.scripts.get(name)?.sha ?? [],
    );
    await scene.every(50, 1_500, () => {
      if (scene.random() < 0.5) proxy?.cutReplyAfter(scene.between(1, 2_000));
      else proxy?.cutNextReply(pick(scene, shas));
    });
    proxy?.cutReplyAfter(Number.POSITIVE_INFINITY);
  },
  'replies arrive late': async (scene) => {
    scene.stack.proxy?.delay(150, 100);
    await scene.pass(2_000);
    scene.stack.proxy?.delay(0);
  },
  'Redis is out of reach': async (scene) => {
    scene.stack.proxy?.blackHole();
    await scene.pass(2_000);
    scene.stack.proxy?.pass();
  },
  'connections are half open': async (scene) => {
    scene.stack.proxy?.halfOpen();
    await scene.pass(500);
  },
  'scripts are flushed': (scene) =>
    withRedis(scene, (client) => scene.every(200, 1_000, () => client.call('SCRIPT', 'FLUSH'))),
  'clients are killed': (scene) =>
    withRedis(scene, (client) => client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')),
  'the queue is paused': (scene) =>
    withRedis(scene, async (client) => {
      const { stack } = scene;
      await stack.broker.pause(MAIN);
      stack.log.note({ e: 'paused', t: monotonicMs(), queue: MAIN, at: await redisNow(client) });
      await scene.pass(500);
      stack.log.note({ e: 'resume', t: monotonicMs(), queue: MAIN, at: await redisNow(client) });
      await stack.broker.resume(MAIN);
    }),
};

/** Resident memory of a process, MiB. Undefined: it has ended, or this is not Linux. */
function residentMb(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024);
  } catch {
    return undefined;
  }
}

/** Faults of all kinds, one after the other, for so long. */
export function mixedRow(minutes: number, counts: StackOptions['counts'] = {}): Row {
  const soak = minutes >= 2;
  return {
    id: 'F32',
    title: `${Math.round(minutes * 100) / 100} minutes of mixed faults`,
    expected: 'no violation; memory flat',
    stack: { proxied: true, counts, ...(soak ? { retained: 2_000 } : {}) },
    perSecond: soak ? 100 : 200,
    async inject(scene) {
      if (soak) scene.allowed = { retired: true };
      const end = monotonicMs() + minutes * 60_000;
      const done = new Map<string, number>();
      const names = Object.keys(FAULTS);
      // At first each once, in an order of the seed's: a short run has seen as many as it can.
      const order = shuffled(scene, names);
      const memory: number[] = [];
      while (monotonicMs() < end) {
        const name = order.shift() ?? pick(scene, names);
        scene.stack.fault(name);
        await FAULTS[name]?.(scene);
        done.set(name, (done.get(name) ?? 0) + 1);
        memory.push(residentMb(scene.stack.store.server?.pid ?? -1) ?? 0);
        await scene.pass(scene.between(200, 1_000));
      }
      scene.stack.proxy?.pass();
      scene.injected = [...done].map(([name, times]) => `${times} × ${name}`).join(', ');
      if (soak) {
        const half = Math.floor(memory.length / 2);
        scene.figure({ name: 'Redis, MiB at half time', value: memory[half] ?? 0 });
        scene.figure({
          name: 'Redis, MiB at the end',
          value: memory.at(-1) ?? 0,
          most: (memory[half] ?? 0) * 1.2 + 5,
        });
        for (const role of ['gateway', 'worker', 'reaper'] as const)
          scene.figure({
            name: `${role}, MiB at the end`,
            value: residentMb(scene.stack.all(role)[0]?.pid ?? -1) ?? 0,
            most: 300,
          });
      }
    },
  };
}

function shuffled(scene: Scene, items: readonly string[]): string[] {
  const left = [...items];
  const order: string[] = [];
  while (left.length > 0) order.push(...left.splice(scene.between(0, left.length - 1), 1));
  return order;
}
