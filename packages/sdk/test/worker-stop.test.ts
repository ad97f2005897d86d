import { describe, expect, it } from '@jest/globals';
import { type Fetch, OptionsError, Relay, type RelayWorker } from '../src/index.ts';
import { FakeRelay } from '../src/testing/index.ts';

const isClaim = (url: string): boolean => url.endsWith('/v1/leases');

/** A request that is answered never, until its signal is aborted. */
const hanging: Fetch = (_, { signal }) =>
  new Promise((_resolve, reject) =>
    signal?.addEventListener('abort', () => reject(signal.reason as Error)),
  );

/** A promise, and what fulfils it. */
function occasion(): { readonly given: Promise<void>; readonly give: () => void } {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

function eventsOf(worker: RelayWorker): string[] {
  const events: string[] = [];
  for (const name of ['settled', 'lost', 'abandoned', 'draining', 'stopped', 'error'] as const) {
    worker.on(name, () => events.push(name));
  }
  return events;
}

describe('a worker that stops', () => {
  it('gives back what a claim took whose answer was on its way', async () => {
    const fake = new FakeRelay();
    const underWay = occasion();
    const relay = new Relay({
      url: 'http://relay.test',
      fetch: async (url, init) => {
        const answer = await fake.fetch(url, init);
        if (!isClaim(url) || JSON.parse(init.body as string).waitMs === 0) return answer;
        underWay.give();
        return await hanging(url, init);
      },
    });
    const queue = relay.queue('q');
    const { id } = await queue.enqueue('t', 1);
    const worker = relay.worker({ queues: ['q'], handlers: { t: () => 1 } });
    worker.start();
    await underWay.given;
    expect(await queue.job(id)).toMatchObject({ state: 'active' });
    await worker.stop();
    expect(await queue.job(id)).toMatchObject({ state: 'ready', attempts: 0, crashes: 0 });
  });

  it('ends although nobody tells it what that took', async () => {
    const underWay = occasion();
    const relay = new Relay({
      url: 'http://relay.test',
      timeoutMs: 600_000,
      fetch: async (url, init) => {
        underWay.give();
        return await hanging(url, init);
      },
    });
    const worker = relay.worker({ queues: ['q'], handlers: { t: () => 1 } });
    const events = eventsOf(worker);
    worker.start();
    await underWay.given;
    await worker.stop({ drainMs: 86_400_000 });
    expect(events).toEqual(['draining', 'error', 'stopped']);
  });

  it('before it has begun asks for nothing', async () => {
    const asked: string[] = [];
    const relay = new Relay({
      url: 'http://relay.test',
      fetch: async (url, init) => {
        asked.push(url);
        return await hanging(url, init);
      },
    });
    const worker = relay.worker({ queues: ['q'], handlers: { t: () => 1 } });
    worker.start();
    await worker.stop();
    expect(asked).toEqual([]);
  });

  it('gives up a handler that ignores its signal, and is silent after that', async () => {
    const { relay } = new FakeRelay();
    const queue = relay.queue('q');
    const { id } = await queue.enqueue('t', 1);
    const begun = occasion();
    const finish = occasion();
    const worker = relay.worker({
      queues: ['q'],
      abortGraceMs: 86_400_000,
      handlers: {
        t: async () => {
          begun.give();
          await finish.given;
        },
      },
    });
    const events = eventsOf(worker);
    worker.start();
    await begun.given;
    await worker.stop({ drainMs: 0 });
    expect(events).toEqual(['draining', 'settled', 'abandoned', 'stopped']);
    expect(worker.busy).toBe(0);
    expect(await queue.job(id)).toMatchObject({ state: 'ready', attempts: 0 });
    finish.give();
  });

  it('refuses a time that is none, and goes on', async () => {
    const { relay } = new FakeRelay();
    const worker = relay.worker({ queues: ['q'], handlers: { t: () => 1 } });
    worker.start();
    for (const options of [{ drainMs: Number.POSITIVE_INFINITY }, { drainMs: -1 }, { ms: 1 }]) {
      await expect(worker.stop(options)).rejects.toThrow(OptionsError);
    }
    expect(worker.phase).toBe('running');
    await worker.stop();
    await worker.done;
  });
});
