import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFaketime } from '@relay/testkit';
import { standalone } from '../stack/store.ts';
import type { Row, Scene } from './row.ts';

/** Only the wall clock is shifted: timers, and the clock of the history, are those of the machine. */
const WALL_CLOCK_ONLY = { FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' } as const;

async function orUnfit<T>(prepare: (library: string) => Promise<T>) {
  try {
    return await prepare(await findFaketime());
  } catch (error) {
    return { unfit: error instanceof Error ? error.message : String(error) };
  }
}

const f10: Row = {
  id: 'F10',
  title: 'clocks of gateway, worker and reaper one hour off',
  expected: 'no effect',
  prepare: () =>
    orUnfit(async (library) => {
      const shifted = (by: string) => ({ LD_PRELOAD: library, FAKETIME: by, ...WALL_CLOCK_ONLY });
      return {
        counts: { 'bad-client': 0 },
        env: { gateway: shifted('+1h'), worker: shifted('-1h'), reaper: shifted('+1h') },
      };
    }),
  async inject(scene) {
    await scene.pass(scene.count(10) * 1_000);
    scene.injected = 'gateways and reaper-promoters one hour ahead, workers one hour behind';
  },
  judge(scene, _evidence, { duplicated, crashed }) {
    scene.figure({ name: 'duplicated', value: duplicated.length, most: 0 });
    scene.figure({ name: 'expired leases', value: crashed, most: 0 });
  },
};

/** Where the shift of Redis's clock is read from. */
let shiftFile = '';

const f11: Row = {
  id: 'F11',
  title: "Redis's clock jumps 60 s forward and back",
  expected: 'no loss; duplicates only among active jobs; limits and due times recover',
  prepare: () =>
    orUnfit(async (library) => {
      shiftFile = join(await mkdtemp(join(tmpdir(), 'relay-clock-')), 'shift');
      writeFileSync(shiftFile, '+0\n');
      const env = {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: shiftFile,
        FAKETIME_NO_CACHE: '1',
        ...WALL_CLOCK_ONLY,
      };
      return { store: standalone({ env }), counts: { 'bad-client': 0 } };
    }),
  async inject(scene) {
    scene.allowed = { clockJumped: true };
    await jump(scene, '+60');
    await scene.pass(4_000);
    await jump(scene, '+0');
    scene.stack.heal('the clock is right again');
    await scene.pass(4_000);
    scene.injected = "Redis's wall clock 60 s ahead for 4 s";
  },
  judge(scene, { runs, jobs }, { duplicated }) {
    // A lease that a jump has ended is a crash; nothing else may run twice.
    const idle = duplicated.filter((id) => (jobs.get(id)?.crashes ?? 0) === 0);
    scene.figure({ name: 'duplicated', value: duplicated.length });
    scene.figure({ name: 'duplicated without an expired lease', value: idle.length, most: 0 });
    scene.figure({ name: 'jobs run', value: runs.size });
  },
};

async function jump(scene: Scene, by: string): Promise<void> {
  writeFileSync(shiftFile, `${by}\n`);
  scene.stack.fault(`Redis's clock ${by} s`);
}

export const CLOCK_ROWS: readonly Row[] = [f10, f11];
