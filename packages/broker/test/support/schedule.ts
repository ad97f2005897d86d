import type { ScheduleSpec } from '../../src/index.ts';
import { type BrokerFixture, T0 } from './broker-fixture.ts';

export const SECOND = 1_000;
/** A whole minute after T0. */
export const START = Math.ceil(T0 / 60_000) * 60_000;

let names = 0;

/** A tick a minute, unless told otherwise. */
export function spec(queue: string, more: Partial<ScheduleSpec> = {}): ScheduleSpec {
  return { queue, everyMs: 60_000, job: { type: 'tick', payload: '{"n":1}' }, ...more };
}

/** A new schedule of a queue of its own, just before its first tick. */
export async function setUpSchedule(fixture: BrokerFixture, more: Partial<ScheduleSpec> = {}) {
  const { broker, control } = fixture;
  const queue = fixture.queue();
  const id = `schedule-${++names}`;
  await control.setNow(START - 1);
  await broker.schedules.upsert(id, spec(queue, more));
  return {
    id,
    queue,
    schedules: broker.schedules,
    at: async (ms: number) => {
      await control.setNow(START + ms);
      return broker.schedules.fire(id);
    },
    ready: async () => (await broker.stats(queue))?.counts.ready ?? 0,
  };
}
