import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type Fetch, Relay, type WorkerEvents } from '../src/index.ts';
import { FakeRelay } from '../src/testing/index.ts';
import { problem } from './answers.ts';

const pathOf = (url: string): string => new URL(url).pathname;

describe('a lease', () => {
  /** By the clock of the gateway that answers, each lease ends so soon. */
  const shortened =
    (fake: FakeRelay, leftMs: number): Fetch =>
    async (url, init) => {
      const answer = await fake.fetch(url, init);
      if (pathOf(url) !== '/v1/leases') return answer;
      const { leases } = (await answer.json()) as { leases: object[] };
      const date = new Date(Math.floor(Date.now() / 1_000) * 1_000);
      const expiresAt = new Date(date.getTime() + leftMs).toISOString();
      return Response.json(
        { leases: leases.map((lease) => ({ ...lease, expiresAt })) },
        { headers: { date: date.toUTCString() } },
      );
    };

  it.each([
    ['is whole whatever the clocks of others say', { leftMs: 1, lostAnswers: 0 }],
    ['of which little is left is extended at once', { leftMs: 400, lostAnswers: 1 }],
  ])('%s', async (_, { leftMs, lostAnswers }) => {
    const fake = new FakeRelay();
    const paths: string[] = [];
    const count = (path: string): number => paths.filter((one) => one === path).length;
    let twice: () => void = () => undefined;
    const heard = new Promise<void>((resolve) => {
      twice = resolve;
    });
    const short = shortened(fake, leftMs);
    const relay = new Relay({
      url: 'http://relay.test',
      fetch: async (url, init) => {
        paths.push(pathOf(url));
        const answer = await short(url, init);
        if (count('/v1/leases/extend') === 2) twice();
        const lost = pathOf(url) === '/v1/leases' && count('/v1/leases') <= lostAnswers;
        if (lost) throw new TypeError('fetch failed');
        return answer;
      },
    });
    const ends: (keyof WorkerEvents)[] = [];
    const worker = relay.worker({
      queues: ['q'],
      leaseMs: 4_000,
      heartbeatMs: 2_000,
      handlers: { t: async () => await heard },
    });
    for (const name of ['settled', 'lost'] as const) worker.on(name, () => ends.push(name));
    const { id } = await fake.relay.queue('q').enqueue('t', 1);
    worker.start();
    expect(await relay.queue('q').result(id)).toMatchObject({ state: 'completed' });
    await worker.stop();
    expect(ends).toEqual(['settled']);
  });
});

describe('a gateway that says when to come again', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is not asked for jobs before', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    let asked = 0;
    const relay = new Relay({
      url: 'http://relay.test',
      fetch: async () => {
        asked += 1;
        return problem('rate-limited', 429, { 'retry-after': '40' });
      },
    });
    const worker = relay.worker({ queues: ['q'], handlers: { t: () => 1 } });
    const first = new Promise((resolve) => worker.on('error', resolve));
    worker.start();
    await first;
    await jest.advanceTimersByTimeAsync(39_000);
    expect(asked).toBe(1);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(asked).toBe(2);
    await worker.stop();
  });
});
