// A claim that Redis carries out by itself the moment that a wait ends, and what becomes of it when the wait ends otherwise.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { startFaultProxy, until } from '@relay/testkit';
import { Broker, type WakeListener } from '../src/index.ts';
import { QueueCalls } from '../src/queue-calls.ts';
import { ScriptRunner } from '../src/runner.ts';
import { loadScripts } from '../src/scripts.ts';
import { of, useBroker } from './support/broker-fixture.ts';

const fixture = useBroker();
const CLAIM = { workerId: 'w1', max: 2 };

// Redis knows the script, as it does once a worker has begun: it claims before it waits.
beforeEach(async () => {
  await fixture().broker.claim(fixture().queue(), { ...CLAIM, max: 0 });
});

/** Starts such a claim. */
function begin(listener: WakeListener, queue: string, signal?: AbortSignal, timeoutMs = 30_000) {
  if (listener.claimOnWake === undefined) throw new Error('this listener cannot claim');
  const wait = signal === undefined ? { timeoutMs } : { timeoutMs, signal };
  return listener.claimOnWake(queue, CLAIM, wait);
}

/** Waits until so many clients are blocked. */
async function blocked(count: number): Promise<void> {
  const look = async () =>
    /blocked_clients:(\d+)/.exec(await fixture().redis.info('clients'))?.[1] === String(count);
  await until(look, { what: `${count} blocked clients` });
}

async function countsOf(queue: string) {
  return (await fixture().broker.stats(queue))?.counts;
}

describe('a claim behind a wait', () => {
  test('brings the job that ends the wait, and leaves the token if work remains', async () => {
    const queue = fixture().queue();
    await using listener = fixture().broker.wakeListener();
    const first = begin(listener, queue);
    await blocked(1);
    const [id] = await fixture().fill(queue, 3);
    const { leases, woken, interrupted, refusal } = await first;
    expect({ woken, interrupted, refusal }).toEqual({
      woken: true,
      interrupted: false,
      refusal: null,
    });
    expect(leases.map((lease) => lease.payload)).toEqual(['0', '1']);
    expect(leases[0]).toMatchObject({ queue, id, attempt: 1, leaseMs: 30_000 });
    const second = await begin(listener, queue);
    expect(second.leases.map((lease) => lease.payload)).toEqual(['2']);
    expect(await fixture().redis.llen(fixture().key('wake', queue))).toBe(0);
    const ends = [...leases, ...second.leases].map((lease) => ({
      ...of(lease),
      outcome: 'complete' as const,
    }));
    const settled = await fixture().broker.settle(queue, ends);
    expect(settled.every(({ status }) => status === 'settled')).toBe(true);
  });

  test('is made when the time is over too, so that a token that was lost costs no more than that', async () => {
    const queue = fixture().queue();
    await using listener = fixture().broker.wakeListener();
    expect(await begin(listener, queue, undefined, 10)).toMatchObject({
      leases: [],
      woken: false,
      interrupted: false,
    });
    await fixture().enqueue(queue);
    await fixture().redis.del(fixture().key('wake', queue));
    expect((await begin(listener, queue, undefined, 10)).leases).toHaveLength(1);
  });

  test('tells of a token where somebody else was faster', async () => {
    const queue = fixture().queue();
    await using listener = fixture().broker.wakeListener();
    const wait = begin(listener, queue);
    await blocked(1);
    await fixture().redis.rpush(fixture().key('wake', queue), '1');
    expect(await wait).toMatchObject({ leases: [], woken: true, interrupted: false });
  });

  test('of three that wait one is served by one job, and all by three', async () => {
    const queue = fixture().queue();
    const listeners = [1, 2, 3].map(() => fixture().broker.wakeListener());
    const claimed: number[] = [];
    const waits = listeners.map((listener) =>
      begin(listener, queue).then(({ leases }) => claimed.push(leases.length)),
    );
    await blocked(3);
    await fixture().enqueue(queue);
    await until(() => claimed.length > 0, { what: 'one to be served' });
    await blocked(2);
    expect(claimed).toEqual([1]);
    await fixture().fill(queue, 4);
    await Promise.all(waits);
    expect(claimed).toEqual([1, 2, 2]);
    for (const listener of listeners) await listener.close();
  });
});

describe('where the wait ends otherwise', () => {
  test('its signal ends it, nothing is claimed, and the next one works', async () => {
    const queue = fixture().queue();
    await using listener = fixture().broker.wakeListener();
    const controller = new AbortController();
    const wait = begin(listener, queue, controller.signal);
    await blocked(1);
    controller.abort();
    expect(await wait).toMatchObject({ leases: [], interrupted: true, refusal: null });
    await blocked(0);
    await fixture().enqueue(queue);
    expect(await countsOf(queue)).toMatchObject({ ready: 1, active: 0 });
    expect(await begin(listener, queue, controller.signal)).toMatchObject({
      leases: [],
      interrupted: false,
    });
    expect((await begin(listener, queue)).leases).toHaveLength(1);
  });

  test('a claim whose reply is lost strands no lease', async () => {
    const queue = fixture().queue();
    await using proxy = await startFaultProxy({ target: fixture().server });
    const scripts = loadScripts();
    const broker = fixture().open({ redis: proxy.url, scripts });
    await broker.claim(queue, { workerId: 'w1', max: 0 });
    await using listener = broker.wakeListener();
    proxy.cutNextReply(scripts.get('settle-and-claim')?.sha);
    const wait = begin(listener, queue);
    await blocked(1);
    const id = await fixture().enqueue(queue);
    const { leases, interrupted } = await wait;
    expect(proxy.cuts).toBe(1);
    expect(interrupted).toBe(true);
    expect(leases.map((lease) => lease.id)).toEqual([id]);
    expect((await fixture().broker.stats(queue))?.totals.claimed).toBe(1);
    const [settled] = await broker.settle(queue, [{ ...of(leases[0]!), outcome: 'complete' }]);
    expect(settled).toMatchObject({ status: 'settled' });
  });

  test('a claim that was given up claims nothing when it comes after all', async () => {
    const queue = fixture().queue();
    await fixture().enqueue(queue);
    const calls = new QueueCalls(
      new ScriptRunner(fixture().redis, { deadlineMs: 5_000, silenceMs: 1_500 }),
      loadScripts(),
      'relay',
    );
    const call = async (seq: number, max: number) =>
      (await calls.run(queue, {
        script: 'settle-and-claim',
        args: [seq, 1, 0, max, 30_000, `base${seq}`, 'w1'],
        session: 's1',
      })) as unknown[];
    expect(await call(1, -1)).toHaveLength(6);
    expect(await call(1, 1)).toHaveLength(6);
    expect(await countsOf(queue)).toMatchObject({ ready: 1, active: 0 });
    // The next one of the session does.
    expect(await call(2, 1)).toHaveLength(9);
    // And one that was made says what it brought, and brings no more.
    await fixture().enqueue(queue);
    expect(await call(2, -1)).toHaveLength(9);
    expect(await countsOf(queue)).toMatchObject({ ready: 1, active: 1 });
  });

  test.each([
    ['was given up', 1],
    ['is older than the last one of its session', 2],
  ])('a claim that %s leaves the token to others', async (_, last) => {
    const queue = fixture().queue();
    const scripts = loadScripts();
    const calls = new QueueCalls(
      new ScriptRunner(fixture().redis, { deadlineMs: 5_000, silenceMs: 1_500 }),
      scripts,
      'relay',
    );
    const call = (seq: number, max: number) => ({
      script: 'settle-and-claim',
      args: [seq, 1, 0, max, 30_000, `base${seq}`, 'w1'],
      session: 's2',
    });
    await calls.run(queue, call(last, -1));
    // As of a connection that the worker has given up, and that Redis does not know to be dead.
    const dead = fixture().redis.duplicate();
    const { script, keys, args } = calls.invocation(queue, call(1, 1));
    const claimed = dead
      .pipeline()
      .blpop(fixture().key('wake', queue), 30)
      .evalsha(script.sha, keys.length, ...keys, ...args)
      .exec();
    await blocked(1);
    await using listener = fixture().broker.wakeListener();
    const other = listener.wait([queue], 30_000);
    await blocked(2);
    await fixture().enqueue(queue);
    expect(await claimed).toHaveLength(2);
    expect(await countsOf(queue)).toMatchObject({ ready: 1, active: 0 });
    expect(await other).toBe(queue);
    await fixture().broker.nudge(queue);
    dead.disconnect();
  });

  test('a server that has lost its scripts is given them, and the work is told', async () => {
    const queue = fixture().queue();
    await using listener = fixture().broker.wakeListener();
    const wait = begin(listener, queue);
    await blocked(1);
    await fixture().redis.script('FLUSH');
    await fixture().enqueue(queue);
    expect(await wait).toMatchObject({ leases: [], interrupted: true, refusal: null });
    expect(await fixture().broker.nudge(queue)).toBe(true);
    expect((await begin(listener, queue)).leases).toHaveLength(1);
  });

  test('where Redis refuses the wait, that is told, and what was claimed is not lost', async () => {
    const f = fixture();
    const queue = f.queue();
    await f.redis.call('ACL', 'SETUSER', 'deaf2', 'on', '>pass', '~*', '&*', '+@all', '-blpop');
    const url = new URL(f.server.url);
    url.username = 'deaf2';
    url.password = 'pass';
    const failures: string[] = [];
    const observer = { failed: (kind: string) => failures.push(kind) };
    await using deaf = new Broker({ redis: url.href, observer });
    await deaf.claim(queue, { ...CLAIM, max: 0 });
    await using listener = deaf.wakeListener();
    await f.enqueue(queue);
    const { leases, refusal } = await begin(listener, queue);
    expect(leases).toHaveLength(1);
    expect(refusal).toMatchObject({ code: 'store-denied' });
    expect(failures).toContain('denied');
    await f.redis.call('ACL', 'DELUSER', 'deaf2');
  });

  test('closing ends it', async () => {
    const queue = fixture().queue();
    const listener = fixture().broker.wakeListener();
    const wait = begin(listener, queue);
    await blocked(1);
    await listener.close();
    expect(await wait).toMatchObject({ leases: [], interrupted: true });
    expect(await begin(listener, queue)).toMatchObject({ leases: [], interrupted: false });
  });
});
