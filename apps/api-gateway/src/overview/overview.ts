import type { Member } from '@relay/broker';
import type { Overview, Queue, Worker } from '@relay/contract';
import type { Principal } from '../auth/principal.ts';
import type { Snapshots } from '../queues/snapshots.ts';
import type { JobStore } from '../store.ts';
import { time } from '../views.ts';
import { readInfo, visibleWorkers } from '../workers/members.ts';
import type { Chart } from './chart.ts';

/** A "top ten". */
const MOST = 10;
const MOST_REPLICAS = 10;
/** A queue with work and nobody to do it is worth a look only after a while. */
const PATIENCE_MS = 5_000;

export interface OverviewParts {
  readonly store: JobStore;
  readonly snapshots: Snapshots;
  readonly chart: Chart;
}

/** What the front page needs, of the queues that a key covers. */
export async function readOverview(
  { store, snapshots, chart }: OverviewParts,
  principal: Principal,
): Promise<Overview> {
  const [snapshot, members, replicas, server] = await Promise.all([
    snapshots.read(),
    store.members('workers'),
    store.members('replicas'),
    store.server(),
  ]);
  const queues = snapshot.queues.filter(({ name }) => principal.covers(name));
  const workers = visibleWorkers(members, principal);
  const points = await chart.points(
    queues.map(({ name }) => name),
    snapshot.queues.map(({ name }) => name),
  );
  return {
    at: time(snapshot.at),
    queues: queues.length,
    workers: {
      live: workers.length,
      slots: sum(workers, ({ slots }) => slots ?? 0),
      busy: sum(workers, ({ busy }) => busy ?? 0),
    },
    tiles: tilesOf(queues),
    attention: attentionOf(queues, workers),
    chart: { stepMs: 60_000, points },
    redis: {
      product: server.product,
      version: server.version,
      memoryUsedBytes: server.usedBytes,
      memoryMaxBytes: server.maxBytes,
      evictionPolicy: server.evictionPolicy,
      appendOnly: server.appendOnly,
    },
    loops: loopsOf(replicas),
    partial: snapshot.partial,
  };
}

function tilesOf(queues: readonly Queue[]): Overview['tiles'] {
  const perSec = (name: keyof Queue['rates']) =>
    Math.round(sum(queues, ({ rates }) => rates[name]) * 1_000) / 1_000;
  const ages = queues.flatMap(({ oldestReadyMs }) =>
    oldestReadyMs === null ? [] : [oldestReadyMs],
  );
  return {
    enqueuedPerSec: perSec('enqueuedPerSec'),
    finishedPerSec: perSec('completedPerSec'),
    failedPerSec: perSec('failedPerSec'),
    ready: sum(queues, ({ counts }) => counts.ready),
    scheduled: sum(queues, ({ counts }) => counts.scheduled),
    active: sum(queues, ({ counts }) => counts.active),
    dead: sum(queues, ({ counts }) => counts.dead),
    oldestReadyMs: ages.length === 0 ? null : ages.reduce((a, b) => Math.max(a, b)),
  };
}

function attentionOf(queues: readonly Queue[], workers: readonly Worker[]): Overview['attention'] {
  const served = new Set(workers.filter(({ draining }) => !draining).flatMap((one) => one.queues));
  const age = ({ oldestReadyMs }: Queue) => oldestReadyMs ?? 0;
  return {
    oldest: top(
      queues.filter((queue) => age(queue) > 0),
      age,
    ).map(({ name: queue, counts: { ready }, oldestReadyMs }) => ({
      queue,
      ready,
      oldestReadyMs: oldestReadyMs ?? 0,
    })),
    deadGrowing: top(
      queues.filter(({ rates }) => rates.deadPerSec > 0),
      ({ rates }) => rates.deadPerSec,
    ).map(({ name: queue, counts: { dead }, rates: { deadPerSec } }) => ({
      queue,
      dead,
      deadPerSec,
    })),
    withoutWorkers: top(
      queues.filter(
        (queue) =>
          queue.counts.ready > 0 &&
          queue.counts.active === 0 &&
          !queue.paused &&
          age(queue) > PATIENCE_MS &&
          !served.has(queue.name),
      ),
      age,
    ).map(({ name: queue, counts: { ready }, oldestReadyMs }) => ({
      queue,
      ready,
      oldestReadyMs,
    })),
    pausedWithBacklog: top(
      queues.filter(({ paused, counts }) => paused && counts.ready > 0),
      ({ counts }) => counts.ready,
    ).map(({ name: queue, counts: { ready } }) => ({ queue, ready })),
  };
}

/** When the background loops last gave a sign of life. */
function loopsOf(replicas: readonly Member[]): Overview['loops'] {
  const newest = replicas.toSorted((a, b) => b.lastSeenAt - a.lastSeenAt);
  const [first] = newest;
  return {
    replicas: newest.slice(0, MOST_REPLICAS).map((one) => ({
      id: one.id,
      host: readInfo(one).host,
      lastSeenAt: time(one.lastSeenAt),
    })),
    lastSeenAt: first === undefined ? null : time(first.lastSeenAt),
  };
}

function top(queues: readonly Queue[], by: (queue: Queue) => number): Queue[] {
  return queues.toSorted((a, b) => by(b) - by(a)).slice(0, MOST);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((all, item) => all + of(item), 0);
}
