import { setTimeout } from 'node:timers/promises';
import { redeliveries } from '../check/recovery.ts';
import { MAIN } from '../history/events.ts';
import type { Service } from '../stack/service.ts';
import { LEASE_MS, REAP_MS } from '../stack/stack.ts';
import { killAndRestart, type Row, restartDead, type Scene } from './row.ts';

/** Of the workers of a run: their slots. */
const SLOTS = 20;
/** What a redelivery may take beyond lease and reap interval. */
const SLACK_MS = 1_000;

const workers = ({ stack }: Scene): Service[] => stack.all('worker');

const f1: Row = {
  id: 'F1',
  title: 'SIGKILL of a worker in mid-job, 20 times',
  expected: 'lost 0; duplicated ≤ slots × kills; redelivery ≤ lease + reap interval + 1 s',
  smoke: true,
  stack: { counts: { worker: 3 } },
  async inject(scene) {
    const kills = scene.count(20);
    const lives = workers(scene).map(() => Promise.resolve());
    for (let i = 0; i < kills; i++) {
      // In turn, so that there is always one with a free slot.
      const at = i % lives.length;
      const victim = workers(scene)[at];
      await lives[at];
      if (victim) lives[at] = killAndRestart(scene, victim);
      await scene.pass(scene.between(200, 800));
    }
    await Promise.all(lives);
    scene.injected = `${kills} × SIGKILL of one of three workers`;
    scene.figure({ name: 'kills', value: kills });
  },
  judge(scene, evidence, { duplicated }) {
    const hit = redeliveries(evidence, 'SIGKILL');
    const kills = Number(scene.figures.find(({ name }) => name === 'kills')?.value ?? 0);
    scene.figure({ name: 'duplicated', value: duplicated.length, most: SLOTS * kills });
    // From its second crash on a job waits on purpose.
    const first = hit.filter(({ run }) => run.start.crashes === 0);
    const longest = Math.max(0, ...first.flatMap(({ afterMs }) => afterMs ?? []));
    const never = hit.filter(
      ({ afterMs, id }) => afterMs === undefined && evidence.jobs.get(id)?.state !== 'cancelled',
    );
    scene.expect(
      never.length === 0,
      `I1: ${never.length} jobs of killed workers were not run again`,
    );
    scene.expect(hit.length > 0 || scene.scale < 1, 'no kill has hit a job: nothing was shown');
    scene.figure({ name: 'jobs cut off', value: hit.length });
    scene.figure({
      name: 'redelivery, longest',
      value: Math.round(longest),
      unit: 'ms',
      most: LEASE_MS + REAP_MS + SLACK_MS,
      timed: true,
    });
  },
};

const f8: Row = {
  id: 'F8',
  title: 'SIGSTOP of a worker for three leases, then SIGCONT',
  expected: 'every stale settle refused; one outcome a job; the handler is aborted',
  smoke: true,
  load: { mix: { slow: 10, flaky: 5 } },
  async inject(scene) {
    const rounds = scene.count(2);
    for (let i = 0; i < rounds; i++) {
      const victim = workers(scene)[i % 2];
      if (victim === undefined) continue;
      await scene.stack.signal(victim, 'SIGSTOP');
      await scene.pass(LEASE_MS * 3);
      await victim.signal('SIGCONT');
      scene.stack.heal(`SIGCONT ${victim.name}`);
      await scene.pass(1_500);
    }
    scene.injected = `${rounds} × SIGSTOP of a worker for ${(LEASE_MS * 3) / 1_000} s`;
  },
  judge(scene, evidence, { staleRefused }) {
    const frozen = redeliveries(evidence, 'SIGSTOP');
    const late = frozen.filter(({ run }) => run.end?.how === 'done');
    scene.figure({ name: 'jobs frozen', value: frozen.length });
    scene.figure({ name: 'of these done late by the frozen handler', value: late.length });
    scene.figure({
      name: 'of these aborted',
      value: frozen.filter(({ run }) => run.end?.how === 'aborted').length,
    });
    scene.expect(frozen.length > 0, 'no job was frozen: nothing was shown');
    scene.expect(staleRefused > 0, 'no stale settle was refused: nothing was shown');
  },
};

const f9 = (thread: boolean): Row => ({
  id: thread ? 'F9' : 'F9b',
  title: thread
    ? 'a handler blocks the event loop for one lease, and for three, with the heartbeat thread'
    : 'a handler blocks the event loop for three leases, without the heartbeat thread',
  expected: thread ? 'keeps its lease for one, loses it for three' : 'loses it, as in F8',
  stack: {
    counts: { worker: 2 },
    env: { worker: { RELAY_HEARTBEAT_THREAD: String(thread) } },
  },
  perSecond: 120,
  async inject(scene) {
    const { load } = scene;
    const blocks = thread ? [LEASE_MS + 1_000, LEASE_MS * 3 + 1_000] : [LEASE_MS * 3];
    for (const workMs of blocks) {
      scene.figure({ name: `${workMs} ms: call`, value: load.asked });
      await load.ask('blocking', { workMs, queue: MAIN, delayMs: 0, twice: false });
      await scene.pass(workMs + 4_000);
    }
    scene.injected = `handlers that compute for ${blocks.map((ms) => `${ms / 1_000} s`).join(' and ')}`;
  },
  judge(scene, evidence) {
    const longest = LEASE_MS * 3;
    for (const { invoke, oks } of evidence.asked.values()) {
      if (invoke.kind !== 'blocking') continue;
      const job = evidence.jobs.get(oks[0]?.id ?? '');
      const outcomes = job?.history.map(({ outcome }) => outcome).join(', ') ?? 'gone';
      const call = scene.figures.find(
        ({ name, value }) => name.endsWith(': call') && value === invoke.n,
      );
      const workMs = Number(call?.name.split(' ')[0] ?? 0);
      scene.figure({ name: `deliveries of the job of ${workMs} ms`, value: outcomes });
      // A worker over HTTP has no such thread.
      const byService =
        evidence.runs.get(job?.id ?? '')?.[0]?.start.by.startsWith('worker') ?? false;
      if (thread && workMs < longest && byService)
        scene.expect(job?.crashes === 0, `a job that blocked for ${workMs} ms has lost its lease`);
      if (workMs >= longest)
        scene.expect(
          (job?.crashes ?? 0) > 0,
          `a job that blocked for ${workMs} ms has kept its lease`,
        );
    }
  },
});

const f24: Row = {
  id: 'F24',
  title: 'a poison job that kills its worker, beside 99 innocent ones at concurrency 100',
  expected: 'dead with reason crashed when crashes > maxCrashes; every innocent job completes',
  smoke: true,
  stack: { concurrency: 100, counts: { 'http-worker': 0, 'bad-client': 0 } },
  perSecond: 20,
  load: { mix: {} },
  async inject(scene) {
    const { stack, load } = scene;
    let ends = false;
    const supervised = (async () => {
      while (!ends) {
        await restartDead(scene);
        await scene.pass(100);
      }
    })();
    const innocent = Array.from({ length: 99 }, () =>
      load.ask('slow', { workMs: 1_000, twice: false, queue: MAIN }),
    );
    await Promise.all([
      ...innocent,
      load.ask('poison', { workMs: 0, twice: false, queue: MAIN, delayMs: 0 }),
    ]);
    const dead = async (): Promise<boolean> =>
      ((await stack.broker.stats(MAIN))?.counts.dead ?? 0) > 0;
    for (let i = 0; i < 900 && !(await dead()); i++) await scene.pass(100);
    ends = true;
    await supervised;
    scene.injected = 'one job that kills its worker, among 99 that take a second';
  },
  judge(scene, evidence) {
    for (const { invoke, oks } of evidence.asked.values()) {
      const job = evidence.jobs.get(oks[0]?.id ?? '');
      if (invoke.kind === 'poison') {
        scene.figure({
          name: 'the poison job',
          value: `${job?.state}, ${job?.reason}, ${job?.crashes} crashes of ${job?.maxCrashes}`,
        });
        scene.expect(
          job?.state === 'dead' && job.reason === 'crashed',
          'I9: the poison job is not dead for its crashes',
        );
      } else if (oks.length > 0) {
        scene.expect(
          job?.state === 'completed',
          `an innocent job is ${job?.state}, ${job?.reason}`,
        );
      }
    }
  },
};

const f25: Row = {
  id: 'F25',
  title: 'SIGTERM of all workers one after another under load',
  expected: 'duplicates 0; exit 0',
  smoke: true,
  stack: { counts: { 'bad-client': 0 } },
  async inject(scene) {
    const { stack } = scene;
    const rounds = scene.count(3);
    for (let i = 0; i < rounds; i++) {
      for (const one of [...workers(scene), ...stack.all('http-worker')]) {
        await stack.signal(one, 'SIGTERM');
        await one.start();
      }
    }
    scene.injected = `${rounds} rounds of SIGTERM and start of every worker`;
  },
  judge(scene, _evidence, { duplicated, crashed }) {
    scene.figure({ name: 'duplicated', value: duplicated.length, most: 0 });
    scene.figure({ name: 'expired leases', value: crashed, most: 0 });
  },
};

const FLEET = 50;
/** How long a whole fleet may take to be ready again. */
const FLEET_READY_MS = 5_000;

const f27: Row = {
  id: 'F27',
  title: '50 workers reconnect at once',
  expected: 'ready ≤ 5 s',
  stack: {
    proxied: true,
    counts: { worker: FLEET, 'http-worker': 0, 'bad-client': 0 },
    concurrency: 4,
  },
  async inject(scene) {
    const { stack } = scene;
    const { proxy } = stack;
    if (proxy === undefined) throw new Error('this row needs a proxy');
    const probes = await Promise.all(workers(scene).map((one) => one.probes()));
    const rounds = scene.count(3);
    for (let i = 0; i < rounds; i++) {
      stack.fault('black hole');
      proxy.blackHole();
      const gone = await allSay(probes, 503, 30_000);
      scene.expect(gone !== undefined, 'not every worker has noticed that Redis is gone');
      const before = proxy.connections;
      stack.heal(`outage ${i + 1} is over`);
      // What is open has swallowed something and is closed now: all come again at the same moment.
      proxy.pass();
      const ready = await allSay(probes, 200, 30_000);
      scene.expect(ready !== undefined, 'not every worker is ready 30 s after the outage');
      if (ready !== undefined)
        scene.figure({
          name: `outage ${i + 1}: all ${probes.length} are ready after`,
          value: Math.round(ready),
          unit: 'ms',
          most: FLEET_READY_MS,
          timed: true,
        });
      scene.figure({
        name: `outage ${i + 1}: connections opened`,
        value: proxy.connections - before,
      });
      await scene.pass(1_500);
    }
    scene.injected = `${rounds} × nothing through until all ${FLEET} workers are unready, then every connection closed at once`;
  },
};

/** Asks each probe whether it is ready until all have answered so once. Answers after how long, ms; undefined: too late. */
async function allSay(
  probes: readonly string[],
  status: 200 | 503,
  deadlineMs: number,
): Promise<number | undefined> {
  const begun = performance.now();
  const times = await Promise.all(
    probes.map(async (url) => {
      while (performance.now() - begun < deadlineMs) {
        const answer = await fetch(`${url}/readyz`);
        await answer.arrayBuffer();
        if (answer.status === status) return performance.now() - begun;
        await setTimeout(250);
      }
      return undefined;
    }),
  );
  return times.includes(undefined) ? undefined : Math.max(...times.map((ms) => ms ?? 0));
}

export const WORKER_ROWS: readonly Row[] = [f1, f8, f9(true), f9(false), f24, f25, f27];
