import { migrateSlot, until } from '@relay/testkit';
import { isOver } from '../check/account.ts';
import { acknowledged, type Evidence } from '../check/evidence.ts';
import { CONTESTED, MAIN } from '../history/events.ts';
import { type ClusterStore, cluster } from '../stack/cluster.ts';
import type { Row, Scene } from './row.ts';

function clusterOf({ stack }: Scene): ClusterStore {
  if (!('nodes' in stack.store)) throw new Error('this row needs a cluster');
  return stack.store as ClusterStore;
}

/** The longest time without an accepted enqueue to a queue, ms. */
function longestGap({ asked }: Evidence, queue: string): number {
  const times = [...asked.values()]
    .flatMap(({ invoke, oks }) => (invoke.queue === queue && oks[0] ? [oks[0].t] : []))
    .toSorted((a, b) => a - b);
  return Math.round(Math.max(0, ...times.map((t, i) => t - (times[i - 1] ?? t))));
}

const f21: Row = {
  id: 'F21',
  title: 'a cluster of six local Redis processes (node timeout 2 s): SIGKILL of a master',
  expected:
    'its queues away ≤ 6 s, others untouched; the loss is reported; 0 for enqueues told to be on one replica',
  perSecond: 120,
  stack: { store: cluster() },
  load: { replicatedShare: 0.5 },
  async inject(scene) {
    scene.allowed = { forgetful: true };
    const store = clusterOf(scene);
    const { master } = await store.ownersOf(MAIN);
    const other = await store.ownersOf(CONTESTED);
    scene.expect(
      other.master !== master,
      'both queues are on one master: nothing is shown of the others',
    );
    scene.stack.fault('SIGKILL Redis');
    await master.server.kill('SIGKILL');
    await until(async () => (await store.ownersOf(MAIN)).master !== master, {
      what: 'a new master',
      deadlineMs: 30_000,
    });
    scene.stack.heal('the replica is the master');
    await scene.pass(5_000);
    await master.server.restart();
    await scene.pass(3_000);
    scene.injected = 'SIGKILL of the master of one queue, back 5 s after its replica took over';
  },
  judge(scene, evidence) {
    scene.figure({
      name: 'its queue away',
      value: longestGap(evidence, MAIN),
      unit: 'ms',
      most: 6_000,
      timed: true,
    });
    scene.figure({
      name: 'the other queue away',
      value: longestGap(evidence, CONTESTED),
      unit: 'ms',
    });
    const lost = [...acknowledged(evidence)].filter(([id]) => !isOver(evidence, id));
    const safe = lost.filter(([id, { oks }]) =>
      oks.some((ok) => ok.id === id && (ok.replicas ?? 0) > 0),
    );
    scene.figure({ name: 'lost', value: lost.length });
    scene.figure({ name: 'lost although told to be on a replica', value: safe.length, most: 0 });
    const told = [...evidence.asked.values()].filter(({ oks }) =>
      oks.some((ok) => (ok.replicas ?? 0) > 0),
    );
    scene.figure({ name: 'told to be on a replica', value: told.length });
    scene.expect(told.length > 0, 'no enqueue was told to be on a replica: nothing was shown');
  },
};

const f22: Row = {
  id: 'F22',
  title: "manual failover, and migration of a queue's slot key by key, under load",
  expected:
    'lost 0; no job out of its place; no redirection reaches a caller; the pause is reported',
  perSecond: 120,
  stack: { store: cluster(), counts: { 'bad-client': 0 } },
  async inject(scene) {
    const store = clusterOf(scene);
    const before = await store.ownersOf(MAIN);
    scene.stack.fault('CLUSTER FAILOVER');
    await before.replica?.client.call('CLUSTER', 'FAILOVER');
    await until(async () => (await store.ownersOf(MAIN)).master === before.replica, {
      what: 'the failover',
      deadlineMs: 30_000,
    });
    scene.stack.heal('failed over');
    await scene.pass(4_000);
    const from = await store.ownersOf(MAIN);
    const to = await store.ownersOf(CONTESTED);
    scene.stack.fault('migration');
    const masters = [from.master.client, to.master.client];
    let keys = await migrateSlot(from.slot, {
      from: from.master.client,
      to: to.master.client,
      masters,
    });
    scene.stack.heal('migrated');
    await scene.pass(2_000);
    keys += await migrateSlot(from.slot, {
      from: to.master.client,
      to: from.master.client,
      masters,
    });
    scene.stack.heal('migrated back');
    await scene.pass(2_000);
    scene.figure({ name: 'keys moved', value: keys });
    scene.injected =
      'CLUSTER FAILOVER of the queue’s replica, then its slot moved to another master, key by key, and back';
  },
  judge(scene, evidence) {
    scene.figure({ name: 'longest pause', value: longestGap(evidence, MAIN), unit: 'ms' });
    const codes = evidence.events.flatMap((event) =>
      event.e === 'fail' || event.e === 'unknown' ? [event.code] : [],
    );
    scene.expect(codes.length === 0, `callers saw ${[...new Set(codes)].join(', ')}`);
  },
};

export const CLUSTER_ROWS: readonly Row[] = [f21, f22];
