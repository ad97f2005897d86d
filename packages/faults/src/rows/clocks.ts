import { findFaketime } from '@relay/testkit';
import { withRedis } from './redis.ts';
import type { Row } from './row.ts';

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

/** Ms that the scripts' clock is ahead. */
const SHIFT = 'faults:shift';
const JUMP_MS = 60_000;

/**
 * The scripts' one way to tell the time, with a shift. Redis itself does not run under libfaketime: its allocator asks
 * for the time before the library is ready.
 */
const SHIFTED_NOW = `--@include lib/call
local function now_ms()
  local t = call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(redis.call('GET', '${SHIFT}') or 0)
end
`;

const f11: Row = {
  id: 'F11',
  title: "Redis's clock jumps 60 s forward and back",
  expected: 'no loss; duplicates only among active jobs; limits and due times recover',
  stack: { lua: { 'lib/now': SHIFTED_NOW }, counts: { 'bad-client': 0 } },
  async inject(scene) {
    scene.allowed = { clockJumped: true };
    await withRedis(scene, async (client) => {
      scene.stack.fault('the clock jumps ahead');
      await client.set(SHIFT, String(JUMP_MS));
      await scene.pass(scene.count(6) * 1_000);
      await client.set(SHIFT, '0');
      scene.stack.heal('the clock is right again');
    });
    await scene.pass(scene.count(6) * 1_000);
    scene.injected = 'the clock of every script 60 s ahead for 6 s, then right again';
  },
  judge(scene, { runs, jobs }, { duplicated }) {
    // A lease that a jump has ended is a crash; nothing else may run twice.
    const idle = duplicated.filter((id) => (jobs.get(id)?.crashes ?? 0) === 0);
    scene.figure({ name: 'duplicated without an expired lease', value: idle.length, most: 0 });
    scene.figure({ name: 'jobs run', value: runs.size });
  },
};

export const CLOCK_ROWS: readonly Row[] = [f10, f11];
