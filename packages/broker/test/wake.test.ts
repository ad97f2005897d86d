import { describe, expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { Broker, type WakeListener } from '../src/index.ts';
import { BOOM, of, T0, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();

async function tokens(queue: string): Promise<number> {
  return fixture().redis.llen(fixture().key('wake', queue));
}

/** Waits until so many clients are blocked. */
async function blocked(count: number): Promise<void> {
  const look = async () =>
    /blocked_clients:(\d+)/.exec(await fixture().redis.info('clients'))?.[1] === String(count);
  await until(look, { what: `${count} blocked clients` });
}

async function commandsOf(): Promise<number> {
  const stats = await fixture().redis.info('stats');
  return Number(/total_commands_processed:(\d+)/.exec(stats)?.[1]);
}

test('where Redis refuses to let it wait, that is told and counted, where all else is a wait that is over', async () => {
  const f = fixture();
  const queue = f.queue();
  await f.redis.call('ACL', 'SETUSER', 'deaf', 'on', '>pass', '~*', '&*', '+@all', '-blpop');
  const url = new URL(f.server.url);
  url.username = 'deaf';
  url.password = 'pass';
  const failures: string[] = [];
  const observer = { failed: (kind: string) => failures.push(kind) };
  await using deaf = new Broker({ redis: url.href, observer });
  await using listener = deaf.wakeListener();
  await expect(listener.wait([queue], 5_000)).rejects.toMatchObject({
    code: 'store-denied',
    message: expect.stringMatching(/waiting for work \(BLPOP\): NOPERM/),
  });
  expect(failures).toEqual(['denied']);
  await f.redis.call('ACL', 'SETUSER', 'deaf', '+blpop');
  expect(await listener.wait([queue], 10)).toBeNull();
  await f.redis.call('ACL', 'DELUSER', 'deaf');
});

test('after each step of a history there is a token if and only if work can be claimed', async () => {
  const f = fixture();
  const queue = f.queue();
  const { broker } = f;
  const leases: { id: string; token: string }[] = [];
  const claim = async (max: number) => leases.push(...(await f.claim(queue, max, 1_000)));
  const next = () => of(leases.shift() as never);
  let now = T0;
  const after = async (ms: number, step: () => Promise<unknown>): Promise<unknown> => {
    now += ms;
    await f.control.setNow(now);
    return step();
  };
  const steps: [name: string, token: 0 | 1, step: () => Promise<unknown>][] = [
    ['a delayed job', 0, () => f.enqueue(queue, { delayMs: 100 })],
    ['a ready one', 1, () => f.fill(queue, 6)],
    ['a claim that leaves some', 1, () => claim(2)],
    ['pause', 0, () => broker.pause(queue)],
    ['an enqueue while paused', 0, () => f.enqueue(queue)],
    ['resume', 1, () => broker.resume(queue)],
    ['a claim of all', 0, () => claim(100)],
    ['complete', 0, () => broker.settle(queue, [{ ...next(), outcome: 'complete' }])],
    ['release', 1, () => broker.settle(queue, [{ ...next(), outcome: 'release' }])],
    ['the claim of that', 0, () => claim(1)],
    [
      'fail',
      0,
      () => broker.settle(queue, [{ ...next(), outcome: 'fail', error: BOOM, retry: 'never' }]),
    ],
    [
      'requeue',
      1,
      async () => broker.requeue(queue, (await broker.list(queue, 'dead')).items[0]!.id),
    ],
    ['the claim of that', 0, () => claim(1)],
    ['promote', 1, () => after(100, () => broker.promote(queue))],
    [
      'the cancel of it',
      0,
      async () => broker.cancel(queue, (await broker.list(queue, 'ready')).items[0]!.id),
    ],
    ['reap', 1, () => after(1_000, () => broker.reap(queue))],
    ['a limit of none left', 1, () => broker.configure(queue, { concurrency: 2 })],
    ['a claim up to it', 0, () => claim(100)],
    [
      'a freed slot',
      1,
      () => broker.settle(queue, [{ ...of(leases.at(-1) as never), outcome: 'complete' }]),
    ],
    ['a higher limit', 1, () => broker.configure(queue, { concurrency: 5 })],
    ['no limit', 1, () => broker.configure(queue, { concurrency: null })],
    [
      'expiry',
      1,
      async () => {
        await f.enqueue(queue, { expiresInMs: 1 });
        await after(2, () => broker.expire(queue));
      },
    ],
    ['the last claim', 0, () => claim(100)],
  ];
  await f.control.setNow(now);
  for (const [name, token, step] of steps) {
    await step();
    expect([name, await tokens(queue)]).toEqual([name, token]);
    await f.assertConsistent(queue);
  }
});

test('a nudge takes a token away that came too early: the clock has gone back since', async () => {
  const { broker, control } = fixture();
  const queue = fixture().queue();
  await broker.configure(queue, { rateLimit: { rate: 1, perMs: 1_000, burst: 1 } });
  await control.setNow(T0);
  await fixture().fill(queue, 2);
  await fixture().claimOne(queue);
  await control.setNow(T0 + 1_000);
  expect(await broker.nudge(queue)).toBe(true);
  await control.setNow(T0 + 100);
  expect(await broker.nudge(queue)).toBe(false);
  expect(await tokens(queue)).toBe(0);
});

test('a nudge puts back a token that was lost, and no second one', async () => {
  const queue = fixture().queue();
  await fixture().enqueue(queue);
  await fixture().redis.del(fixture().key('wake', queue));
  expect(await fixture().broker.nudge(queue)).toBe(true);
  expect(await fixture().broker.nudge(queue)).toBe(true);
  expect(await tokens(queue)).toBe(1);
  await fixture().broker.pause(queue);
  expect(await fixture().broker.nudge(queue)).toBe(false);
});

describe('listeners', () => {
  const open: WakeListener[] = [];
  const listener = (): WakeListener => {
    const made = fixture().broker.wakeListener();
    open.push(made);
    return made;
  };
  const closeAll = () => Promise.all(open.splice(0).map((one) => one.close()));

  test('one token wakes one of them', async () => {
    const queue = fixture().queue();
    const woken: (string | null)[] = [];
    const waits = [listener(), listener(), listener()].map((one) =>
      one.wait([queue], 30_000).then((found) => woken.push(found)),
    );
    await blocked(3);
    await fixture().enqueue(queue);
    await until(() => woken.length > 0, { what: 'one to wake' });
    await blocked(2);
    expect(woken).toEqual([queue]);
    // The one that woke claims, and leaves the token if work remains.
    await fixture().enqueue(queue);
    await until(() => woken.length === 2, { what: 'another to wake' });
    await closeAll();
    await Promise.all(waits);
    expect(woken).toEqual([queue, queue, null]);
    await fixture().broker.nudge(queue);
  });

  test('of several queues the one with work is told, and none is always the last', async () => {
    const queues = [fixture().queue(), fixture().queue(), fixture().queue()];
    const one = listener();
    for (const queue of queues) await fixture().enqueue(queue);
    const found = [];
    for (let i = 0; i < 6; i++) {
      const queue = await one.wait(queues, 1_000);
      found.push(queue);
      if (queue !== null) await fixture().broker.nudge(queue);
    }
    expect(new Set(found)).toEqual(new Set(queues));
    await closeAll();
  });

  test('a wait ends with its time, and with its signal, and the next one works', async () => {
    const queue = fixture().queue();
    const one = listener();
    expect(await one.wait([queue], 10)).toBeNull();
    expect(await one.wait([], 1_000)).toBeNull();
    const controller = new AbortController();
    const wait = one.wait([queue], 60_000, controller.signal);
    await blocked(1);
    controller.abort();
    expect(await wait).toBeNull();
    expect(await one.wait([queue], 60_000, controller.signal)).toBeNull();
    await blocked(0);
    await fixture().enqueue(queue);
    expect(await one.wait([queue], 10_000)).toBe(queue);
    await fixture().broker.nudge(queue);
    await closeAll();
    expect(await one.wait([queue], 10_000)).toBeNull();
  });

  test('a paused queue with ten waiting workers costs no busy loop', async () => {
    const queue = fixture().queue();
    await fixture().fill(queue, 10);
    await fixture().broker.pause(queue);
    let claims = 0;
    const stop = new AbortController();
    const workers = Array.from({ length: 10 }, async () => {
      const one = listener();
      while (!stop.signal.aborted) {
        const found = await one.wait([queue], 5_000, stop.signal);
        if (found === null) continue;
        claims++;
        await fixture().claim(queue, 1);
      }
    });
    await blocked(10);
    const before = await commandsOf();
    // Whatever would spin would spin while other work goes on.
    const other = fixture().queue();
    for (let i = 0; i < 200; i++) await fixture().enqueue(other);
    const commands = (await commandsOf()) - before;
    expect(claims).toBe(0);
    // Each enqueue is one script, whose own calls count too; ten spinning workers would add thousands.
    expect(commands).toBeLessThan(200 * 60);
    const quiet = await commandsOf();
    expect((await commandsOf()) - quiet).toBeLessThan(3);
    await fixture().broker.resume(queue);
    await until(() => claims >= 10, { what: 'all ten jobs to be claimed' });
    stop.abort();
    await closeAll();
    await Promise.all(workers);
    expect((await fixture().broker.stats(queue))?.counts.active).toBe(10);
  });
});
