import { CONTESTED, MAIN, monotonicMs } from '../history/events.ts';
import { redisNow, withRedis } from '../rows/redis.ts';
import { killAndRestart, pick, type Row, type Scene } from '../rows/row.ts';
import { CONTESTED_LIMITS, LEASE_MS, REAP_MS } from '../stack/stack.ts';
import { stateProblems } from '../stack/store.ts';

/** Its jobs are claimed and never settled, until they are dead. No service works on it. */
const ABANDONED = 'abandoned';
const ABANDONED_JOBS = 20;
const SHORT_LEASE_MS = 1_000;

/** A little of everything that the scripts promise, in some seconds: what runs while one of them is broken. */
export const MUTATION_ROW: Row = {
  id: 'M',
  title: 'a broken script under a little of everything',
  expected: 'a breach',
  queues: [ABANDONED],
  perSecond: 150,
  stack: { proxied: true, counts: { gateway: 1, reaper: 1, worker: 2 } },
  load: { mix: { flaky: 8, doomed: 3, delayed: 10, cancelled: 8, slow: 5 } },
  async inject(scene) {
    await enqueueAbandoned(scene);
    await Promise.all([pauseAndResume(scene), abandon(scene), exceedRate(scene)]);
    await loseReplies(scene);
    await freezeAndKill(scene);
    scene.injected =
      'a pause, jobs that nobody settles, a burst, replies cut, a frozen worker, a killed worker';
  },
};

/** Nobody works on this queue, so what its gate says of waiting work can be looked at. */
async function enqueueAbandoned({ load, stack, breaches }: Scene): Promise<void> {
  const more = { queue: ABANDONED, delayMs: 0, twice: false, maxCrashes: 2 };
  await Promise.all(Array.from({ length: ABANDONED_JOBS }, () => load.ask('plain', more)));
  breaches.push(...(await stateProblems(stack.store, ABANDONED)));
}

async function pauseAndResume(scene: Scene): Promise<void> {
  const { stack } = scene;
  await withRedis(scene, async (client) => {
    for (const queue of [MAIN, CONTESTED]) {
      await stack.broker.pause(queue);
      stack.log.note({ e: 'paused', t: monotonicMs(), queue, at: await redisNow(client) });
      await scene.pass(500);
      stack.log.note({ e: 'resume', t: monotonicMs(), queue, at: await redisNow(client) });
      await stack.broker.resume(queue);
    }
  });
}

/** Claims and never settles, until every job has crashed once too often. Whether it did is seen when all is drained. */
async function abandon(scene: Scene): Promise<void> {
  const { broker } = scene.stack;
  const claim = { workerId: 'nobody', max: ABANDONED_JOBS, leaseMs: SHORT_LEASE_MS };
  // Three leases and the longest wait after a second crash, twice.
  const end = monotonicMs() + 2 * (3 * (SHORT_LEASE_MS + REAP_MS) + 4 * SHORT_LEASE_MS);
  const areDead = async (): Promise<boolean> =>
    (await broker.stats(ABANDONED))?.counts.dead === ABANDONED_JOBS;
  for (; monotonicMs() < end && !(await areDead()); await scene.pass(50))
    await broker.claim(ABANDONED, claim);
}

/** More jobs at once than the bucket of their queue has tokens for two seconds. */
async function exceedRate({ load }: Scene): Promise<void> {
  const { rate, burst } = CONTESTED_LIMITS.rateLimit;
  const more = { queue: CONTESTED, delayMs: 0, twice: false, workMs: 1 };
  await Promise.all(Array.from({ length: burst + 2 * rate }, () => load.ask('plain', more)));
}

/** Whoever repeats a call whose answer was lost gets that answer: no lease is left behind, none is called lost. */
async function loseReplies(scene: Scene): Promise<void> {
  const { stack } = scene;
  const crashed = async (): Promise<number> =>
    (await stack.broker.stats(MAIN))?.totals.crashed ?? 0;
  const before = await crashed();
  const shas = ['enqueue', 'settle-and-claim'].flatMap(
    (name) => stack.scripts.get(name)?.sha ?? [],
  );
  await scene.every(80, 2_000, () => stack.proxy?.cutNextReply(pick(scene, shas)));
  await scene.pass(LEASE_MS + REAP_MS + 1_000);
  const stranded = (await crashed()) - before;
  scene.expect(stranded === 0, `I28: ${stranded} leases were stranded when replies were lost`);
}

async function freezeAndKill(scene: Scene): Promise<void> {
  const { stack } = scene;
  // Running jobs are cancelled, too.
  for (let i = 0; i < 10; i++)
    void scene.load.ask('cancelled', { workMs: 1_500, delayMs: 0, twice: false });
  const frozen = pick(scene, stack.all('worker'));
  await stack.signal(frozen, 'SIGSTOP');
  await scene.pass(LEASE_MS + 1_500);
  await frozen.signal('SIGCONT');
  await killAndRestart(scene, pick(scene, stack.all('worker')));
  await scene.pass(3_000);
}
