import { expect, test } from '@jest/globals';
import { T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();
const idsOf = (members: readonly { readonly id: string }[]): string[] =>
  members.map((member) => member.id).toSorted();

test('members hear of each other, and one that is silent for long is forgotten', async () => {
  const { broker, control } = fixture();
  await control.setNow(T0);
  const alone = await broker.beat('replicas', { id: 'a', info: { n: 1 }, all: true });
  expect(alone).toEqual({
    now: T0,
    quiet: false,
    members: [{ id: 'a', lastSeenAt: T0, info: { n: 1 } }],
  });
  expect(await broker.beat('replicas', { id: 'b', info: {} })).toMatchObject({ members: [] });
  await control.setNow(T0 + 3_000);
  const beat = { info: {}, silenceMs: 3_000, all: true };
  expect(idsOf((await broker.beat('replicas', { ...beat, id: 'b' })).members)).toEqual(['a', 'b']);
  await control.setNow(T0 + 3_001);
  expect(idsOf((await broker.beat('replicas', { ...beat, id: 'b' })).members)).toEqual(['b']);
  expect(await broker.members('replicas')).toHaveLength(1);
});

test('registries do not meet, and a member may leave at once', async () => {
  const { broker } = fixture();
  await broker.beat('workers', { id: 'w', info: {} });
  await broker.beat('replicas', { id: 'r', info: {} });
  expect(idsOf(await broker.members('workers'))).toEqual(['w']);
  await broker.leave('workers', 'w');
  expect(await broker.members('workers')).toEqual([]);
});

test('a worker that is asked to be quiet hears it at each beat until that is taken back', async () => {
  const { broker } = fixture();
  expect(await broker.setQuiet('q', true)).toBe(false);
  await broker.beat('workers', { id: 'q', info: { host: 'h' } });
  expect(await broker.setQuiet('q', true)).toBe(true);
  for (let i = 0; i < 2; i++)
    expect((await broker.beat('workers', { id: 'q', info: { host: 'h' } })).quiet).toBe(true);
  expect(await broker.setQuiet('q', false)).toBe(true);
  expect((await broker.beat('workers', { id: 'q', info: {} })).quiet).toBe(false);
});

test('what is no entry of ours is taken out, and a member that says too much is refused', async () => {
  const { broker, redis } = fixture();
  await redis.hset('relay:members:workers', 'damaged', 'somebody else');
  const info = { all: 'x'.repeat(16_384) };
  await expect(broker.beat('workers', { id: 'c', info })).rejects.toThrow('larger than 16384');
  const { members } = await broker.beat('workers', { id: 'c', info: {}, all: true });
  expect(idsOf(members)).not.toContain('damaged');
  expect(await redis.hexists('relay:members:workers', 'damaged')).toBe(0);
});
