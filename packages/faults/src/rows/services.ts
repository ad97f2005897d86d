import { longestReap } from '../check/recovery.ts';
import { MAIN, monotonicMs } from '../history/events.ts';
import type { Service } from '../stack/service.ts';
import { REAP_MS } from '../stack/stack.ts';
import { killAndRestart, pick, type Row } from './row.ts';

/** In which a share of a killed replica is taken over. */
const TAKEOVER_MS = 3_000;

/** What a schedule enqueues: nobody has called for it. */
const TICK = '{"n":-1,"kind":"plain","workMs":2,"text":"job -1 é🦊","fill":"x"}';

const f2: Row = {
  id: 'F2',
  title: 'SIGKILL of one of two gateways during a burst of enqueues',
  expected: 'acknowledged lost 0; a retry with the same key gives one job',
  smoke: true,
  perSecond: 350,
  async inject(scene) {
    const kills = scene.count(6);
    for (let i = 0; i < kills; i++) {
      const victim = pick(scene, scene.stack.all('gateway'));
      await Promise.all(
        Array.from({ length: 100 }, () => scene.load.ask('plain', {}, 'sdk')).concat(
          scene.pass(scene.between(1, 30)).then(() => killAndRestart(scene, victim)),
        ),
      );
      await scene.pass(scene.between(200, 1_000));
    }
    scene.injected = `${kills} × SIGKILL of one of two gateways within a burst of 100 enqueues`;
  },
};

const f3: Row = {
  id: 'F3',
  title: 'SIGKILL of every reaper-promoter for 10 s',
  expected: 'lost 0; lateness ≤ outage + 1 s; a share is taken over in ≤ 3 s',
  smoke: true,
  async inject(scene) {
    const { stack, load } = scene;
    const outageMs = scene.scale < 1 ? 4_000 : 10_000;
    await stack.broker.schedules.upsert('every-second', {
      queue: MAIN,
      everyMs: 1_000,
      missed: 'all',
      job: { payload: TICK },
    });
    await scene.pass(1_000);
    const reapers = stack.all('reaper');
    await Promise.all(reapers.map((one) => stack.signal(one, 'SIGKILL')));
    const from = load.asked;
    const killedAt = monotonicMs();
    await scene.pass(outageMs);
    await Promise.all(reapers.map((one) => one.start()));
    stack.heal('reaper-promoters are back');
    // Until they are ready: a busy machine takes its time to start them.
    scene.figure({ name: 'outage', value: Math.round(monotonicMs() - killedAt), unit: 'ms' });
    scene.figure({ name: 'asked for meanwhile', value: load.asked - from });
    await scene.pass(4_000);
    // One of two goes, the other must take over its queues.
    await stack.signal(reapers[0] as Service, 'SIGKILL');
    const before = load.asked;
    await Promise.all(Array.from({ length: 20 }, () => load.ask('delayed', { delayMs: 500 })));
    await scene.pass(3_500);
    await reapers[0]?.start();
    await stack.broker.schedules.delete('every-second');
    scene.figure({ name: 'first of the takeover', value: before });
    scene.injected = `SIGKILL of both reaper-promoters, back after ${outageMs / 1_000} s; then of one`;
  },
  judge(scene, evidence) {
    const figure = (name: string): number =>
      Number(scene.figures.find((one) => one.name === name)?.value ?? 0);
    const lateness = (from: number, to: number): number => {
      let longest = 0;
      for (const { invoke, oks } of evidence.asked.values()) {
        if (invoke.n < from || invoke.n >= to || invoke.kind !== 'delayed') continue;
        const start = evidence.runs.get(oks[0]?.id ?? '')?.[0]?.start;
        // Due no earlier than asked for: an upper bound.
        if (start !== undefined) longest = Math.max(longest, start.t - invoke.t - invoke.delayMs);
      }
      return Math.round(longest);
    };
    const first = figure('first of the takeover');
    scene.figure({
      name: 'lateness, longest',
      value: lateness(0, first),
      unit: 'ms',
      most: figure('outage') + 1_000,
      timed: true,
    });
    scene.figure({
      name: 'takeover, longest lateness',
      value: lateness(first, first + 20),
      unit: 'ms',
      most: TAKEOVER_MS,
      timed: true,
    });
  },
};

const f4: Row = {
  id: 'F4',
  title: 'five reaper-promoters at once',
  expected: 'no double promotion, each expiry reaped once',
  stack: { counts: { reaper: 5 } },
  load: { mix: { delayed: 30, slow: 2, flaky: 10 } },
  async inject(scene) {
    const { stack } = scene;
    await stack.broker.schedules.upsert('every-second', {
      queue: MAIN,
      everyMs: 1_000,
      missed: 'all',
      job: { payload: TICK },
    });
    for (let i = 0; i < scene.count(4); i++) {
      await killAndRestart(scene, pick(scene, stack.all('worker')));
      await killAndRestart(scene, pick(scene, stack.all('reaper')));
      await scene.pass(1_500);
    }
    await stack.broker.schedules.delete('every-second');
    scene.injected = 'five replicas; workers and replicas killed in turn';
  },
  judge(scene, evidence) {
    const reap = longestReap(evidence);
    scene.figure({
      name: 'expired lease reaped after',
      value: reap,
      unit: 'ms',
      // Its replica may just have been killed.
      most: TAKEOVER_MS + REAP_MS,
      timed: true,
    });
    // The counters and the history are written by the script: an expiry that is reaped twice is in both twice.
    const jobs = [...evidence.jobs.values()];
    const promoted = jobs.filter(({ history }) => history.length > 0).length;
    scene.figure({ name: 'jobs', value: promoted });
    const crashed = jobs
      .flatMap(({ history }) => history)
      .filter(({ outcome }) => outcome === 'crashed').length;
    const crashes = jobs.reduce((sum, one) => sum + one.crashes, 0);
    scene.expect(
      crashed === crashes,
      `I12: ${crashed} expired leases were reaped as ${crashes} crashes`,
    );
  },
};

export const SERVICE_ROWS: readonly Row[] = [f2, f3, f4];
