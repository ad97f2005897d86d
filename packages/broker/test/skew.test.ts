import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { until } from '@relay/testkit';
import { Redis } from 'ioredis';
import { Broker, StoreUnsupportedError } from '../src/index.ts';
import { ScriptRunner } from '../src/runner.ts';
import { checkSchema, SCHEMA_VERSION } from '../src/schema.ts';
import { useBroker } from './support/broker-fixture.ts';

const RECORDED = new URL('fixtures/recorded/', import.meta.url);
const fixture = useBroker();

/** A broker as an earlier version was: its code and its scripts. */
async function recorded(version: string): Promise<Broker> {
  const file = fileURLToPath(new URL(`${version}/code/index.mjs`, RECORDED));
  const { Broker: Earlier } = (await import(file)) as { Broker: typeof Broker };
  return new Earlier({ redis: fixture().server.url });
}

describe.each(readdirSync(RECORDED))('beside version %s', (version) => {
  test('jobs, leases, due times and settings of one are the other’s too', async () => {
    await using earlier = await recorded(version);
    await using present = new Broker({ redis: fixture().server.url });
    const queue = fixture().queue();
    await Promise.all([earlier.connect(), present.connect()]);
    const both = [earlier, present] as const;
    const other = (broker: Broker): Broker => (broker === earlier ? present : earlier);

    const accepted = new Set<string>();
    for (const [i, broker] of both.entries()) {
      const requests = Array.from({ length: 40 }, (_, n) => ({
        type: 'x',
        payload: `${n}`,
        priority: n % 3,
        ...(n % 8 === 0 ? { delayMs: 1 } : {}),
      }));
      for (const outcome of await broker.enqueueMany(queue, requests)) {
        if (outcome.ok) accepted.add(outcome.result.id);
      }
      // The same request at both is one job.
      const once = { type: 'x', payload: '1', idempotencyKey: 'k' };
      const { id, duplicate } = await broker.enqueue(queue, once);
      expect(duplicate).toBe(i === 1);
      accepted.add(id);
    }
    expect(accepted.size).toBe(81);

    // What one pauses gives the other nothing, and the other may let it go on.
    await earlier.pause(queue);
    expect((await present.claim(queue, { workerId: 'p', max: 5 })).leases).toEqual([]);
    await present.resume(queue);

    // A lease that one has taken and lost is taken back by the other's loop, and its token is stale for both.
    for (const broker of both) {
      const [lost] = (await broker.claim(queue, { workerId: 'w', max: 1, leaseMs: 1_000 })).leases;
      await until(async () => (await other(broker).reap(queue)).reaped > 0, {
        what: 'the lease to be reaped',
      });
      for (const either of both) {
        const settled = await either.settle(queue, [
          { id: lost!.id, token: lost!.token, outcome: 'complete' },
        ]);
        expect(settled.map(({ status }) => status)).toEqual(['lease-lost']);
      }
    }

    const ended: string[] = [];
    let failed = 0;
    await until(
      async () => {
        for (const broker of both) {
          // oxlint-disable-next-line no-await-in-loop -- in turns, so that each meets what the other left.
          await broker.promote(queue);
          // oxlint-disable-next-line no-await-in-loop
          const { leases } = await broker.claim(queue, { workerId: 'w', max: 7 });
          // Fails each job of the first claim once, at the one that did not claim it.
          const fails = failed < 7;
          // oxlint-disable-next-line no-await-in-loop
          const settled = await other(broker).settle(
            queue,
            leases.map(({ id, token }) =>
              fails
                ? {
                    id,
                    token,
                    outcome: 'fail' as const,
                    error: { name: 'Error', message: 'x' },
                    delayMs: 1,
                  }
                : { id, token, outcome: 'complete' as const },
            ),
          );
          expect(settled.filter(({ status }) => status === 'lease-lost')).toEqual([]);
          if (fails) failed += leases.length;
          else ended.push(...leases.map(({ id }) => id));
        }
        return ended.length >= accepted.size;
      },
      { what: 'all jobs to have ended', deadlineMs: 30_000 },
    );
    // None is lost, and none is done twice.
    expect(ended.toSorted()).toEqual([...accepted].toSorted());
    for (const broker of both) {
      expect((await broker.stats(queue))?.counts).toMatchObject({
        ready: 0,
        scheduled: 0,
        active: 0,
        completed: 81,
        dead: 0,
      });
    }
  });
});

describe('the version of the data', () => {
  const check = (understood: string, namespace: string): Promise<void> => {
    const client = new Redis(fixture().server.url);
    const runner = new ScriptRunner(client, { deadlineMs: 5_000, silenceMs: 1_000 });
    return checkSchema(runner, namespace, {}, understood).finally(() => client.disconnect());
  };
  const stored = (namespace: string) => fixture().redis.get(`${namespace}:schema`);

  test('is noted at the first connection, and raised by a newer minor alone', async () => {
    await using broker = new Broker({ redis: fixture().server.url, namespace: 'shape' });
    await broker.connect();
    expect(await stored('shape')).toBe(SCHEMA_VERSION);
    await check('1.3', 'shape');
    expect(await stored('shape')).toBe('1.3');
    await broker.connect();
    expect(await stored('shape')).toBe('1.3');
  });

  test('of another major is refused in one line, and nothing is written', async () => {
    await using broker = new Broker({ redis: fixture().server.url, namespace: 'later' });
    await fixture().redis.set('later:schema', '2.0');
    await expect(broker.connect()).rejects.toThrow(StoreUnsupportedError);
    await expect(broker.connect()).rejects.toThrow(
      'the data of namespace "later" has version 2.0, and this program understands 1.x: run the newer program',
    );
    await expect(check('3.0', 'later')).rejects.toThrow('bring the data up first');
    expect(await stored('later')).toBe('2.0');
    await fixture().redis.set('later:schema', 'none of ours');
    await expect(broker.connect()).rejects.toThrow('has no version that Relay wrote');
  });

  test('is no hindrance where Redis is full: what is there must be drained', async () => {
    await fixture().redis.config('SET', 'maxmemory', '1');
    try {
      await check('1.0', 'full');
      expect(await stored('full')).toBeNull();
    } finally {
      await fixture().redis.config('SET', 'maxmemory', '0');
    }
  });
});
