import { statSync, truncateSync } from 'node:fs';
import { isOver } from '../check/account.ts';
import { acknowledged, type Evidence } from '../check/evidence.ts';
import { monotonicMs } from '../history/events.ts';
import { standalone } from '../stack/store.ts';
import { recovery } from './network.ts';
import { aofOf, serverOf } from './redis.ts';
import type { Row, Scene } from './row.ts';

const AOF_ALWAYS = standalone({ appendonly: true });
const AOF_EVERYSEC = standalone({ appendonly: true, config: ['appendfsync everysec'] });

async function restart(scene: Scene, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const server = serverOf(scene);
  scene.stack.fault(`${signal} Redis`);
  await server.kill(signal);
  await scene.pass(scene.between(200, 2_000));
  await server.restart();
  scene.stack.heal('Redis is back');
  await scene.pass(3_000);
}

const f5: Row = {
  id: 'F5',
  title: 'Redis SIGTERM and restart, AOF on',
  expected: 'lost 0; work goes on ≤ 5 s after its return',
  stack: { store: AOF_ALWAYS },
  async inject(scene) {
    const rounds = scene.count(3);
    for (let i = 0; i < rounds; i++) await restart(scene, 'SIGTERM');
    scene.injected = `${rounds} × SIGTERM of Redis and restart`;
  },
  judge: (scene, evidence) => recovery(scene, evidence, 5_000),
};

/**
 * What was lost must have been acknowledged between the end of what Redis still has and its kill.
 *
 * @param windowMs before a kill, where nothing says when the file was cut
 */
function lossByAge(scene: Scene, { events, ...rest }: Evidence, windowMs: number): void {
  const evidence = { events, ...rest };
  const times = (what: string): number[] =>
    events.flatMap((event) => (event.e === 'fault' && event.what === what ? [event.t] : []));
  const cuts = times(AOF_CUT);
  const windows = times('SIGKILL Redis').map((to) => {
    const cut = cuts.find((t) => t < to && t > to - 5_000);
    // What is heard before Redis is back was answered before it died.
    const back = events.find((event) => event.e === 'heal' && event.t > to)?.t ?? to;
    return { from: cut === undefined ? to - windowMs : cut - CUT_SLACK_MS, to: back };
  });
  const lost = [...acknowledged(evidence)].filter(([id]) => !isOver(evidence, id));
  const outside = lost.filter(([, { oks }]) => {
    const at = oks[0]?.t ?? 0;
    return !windows.some(({ from, to }) => at >= from && at <= to);
  });
  scene.figure({ name: 'lost', value: lost.length });
  scene.figure({ name: 'lost outside the window', value: outside.length, most: 0 });
}

/** Said of the time up to which the file was kept. */
const AOF_CUT = 'cut of the AOF';
/** An answer is written down a little after it was given. */
const CUT_SLACK_MS = 50;

const f6 = (everysec: boolean): Row => ({
  id: everysec ? 'F6b' : 'F6',
  title: `Redis SIGKILL, appendfsync ${everysec ? 'everysec' : 'always'}`,
  expected: everysec ? 'the figure is reported, ≤ the acknowledgements of the last 2 s' : 'lost 0',
  stack: { store: everysec ? AOF_EVERYSEC : AOF_ALWAYS },
  async inject(scene) {
    if (everysec) scene.allowed = { forgetful: true };
    const rounds = scene.count(3);
    for (let i = 0; i < rounds; i++) await restart(scene, 'SIGKILL');
    scene.injected = `${rounds} × SIGKILL of Redis and restart`;
  },
  judge: (scene, evidence) =>
    everysec ? lossByAge(scene, evidence, 2_000) : recovery(scene, evidence, 5_000),
});

const CUT_MS = 1_000;

const f7: Row = {
  id: 'F7',
  title: 'the AOF cut short as by a power loss',
  expected: 'state invariants hold; loss only inside the cut window',
  // With everysec Redis holds writes back while it syncs, for up to 2 s: the cut would not be where the file says.
  stack: { store: AOF_ALWAYS },
  async inject(scene) {
    scene.allowed = { forgetful: true };
    const server = serverOf(scene);
    const rounds = scene.count(3);
    for (let i = 0; i < rounds; i++) {
      const sizes: { at: number; bytes: number }[] = [];
      const file = aofOf(server);
      await scene.every(20, 2_500, () =>
        sizes.push({ at: monotonicMs(), bytes: statSync(file).size }),
      );
      scene.stack.fault('SIGKILL Redis');
      await server.kill('SIGKILL');
      const killed = monotonicMs();
      const kept = sizes.findLast(({ at }) => at < killed - CUT_MS);
      const until = { t: kept?.at ?? killed - CUT_MS, what: AOF_CUT };
      scene.stack.log.note({ e: 'fault', ...until });
      // In the middle of a command, as a disk would leave it.
      const bytes = (kept?.bytes ?? 0) + scene.between(1, 200);
      truncateSync(file, Math.min(bytes, statSync(file).size));
      await server.restart();
      scene.stack.heal('Redis is back, with less');
      await scene.pass(3_000);
    }
    scene.injected = `${rounds} × SIGKILL of Redis, and the last second of its AOF cut off`;
  },
  judge: (scene, evidence) => lossByAge(scene, evidence, 2_000),
};

export const STORE_ROWS: readonly Row[] = [f5, f6(false), f6(true), f7];
