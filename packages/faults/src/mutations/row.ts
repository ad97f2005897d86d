import { loadScripts } from '@relay/broker';
import { CONTESTED, MAIN, monotonicMs } from '../history/events.ts';
import { redisNow, withRedis } from '../rows/redis.ts';
import { killAndRestart, pick, type Row } from '../rows/row.ts';
import { LEASE_MS } from '../stack/stack.ts';

/** A little of everything that the scripts promise, in some seconds: what runs while one of them is broken. */
export const MUTATION_ROW: Row = {
  id: 'M',
  title: 'a broken script under a little of everything',
  expected: 'a breach',
  perSecond: 150,
  stack: { proxied: true, counts: { gateway: 1, reaper: 1, worker: 2 } },
  load: { mix: { flaky: 8, doomed: 3, delayed: 10, cancelled: 8, slow: 5 } },
  async inject(scene) {
    const { stack } = scene;
    const shas = ['enqueue', 'settle-and-claim'].flatMap(
      (name) => loadScripts().get(name)?.sha ?? [],
    );
    await withRedis(scene, async (client) => {
      for (const queue of [MAIN, CONTESTED]) {
        await stack.broker.pause(queue);
        stack.log.note({ e: 'paused', t: monotonicMs(), queue, at: await redisNow(client) });
        await scene.pass(500);
        stack.log.note({ e: 'resume', t: monotonicMs(), queue, at: await redisNow(client) });
        await stack.broker.resume(queue);
      }
    });
    // Running jobs are cancelled, too.
    for (let i = 0; i < 10; i++) void scene.load.ask('cancelled', { workMs: 1_500, delayMs: 0 });
    const frozen = pick(scene, stack.all('worker'));
    await stack.signal(frozen, 'SIGSTOP');
    await scene.every(50, LEASE_MS + 1_500, () => stack.proxy?.cutNextReply(pick(scene, shas)));
    await frozen.signal('SIGCONT');
    await killAndRestart(scene, pick(scene, stack.all('worker')));
    await scene.pass(3_000);
    scene.injected = 'a pause, a frozen worker, replies cut, a killed worker';
  },
};
