import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import {
  createLogger,
  describeUrl,
  Metrics,
  StartError,
  type Store,
  StoreMonitor,
} from '../src/index.ts';

function away(message = 'connection refused'): Error {
  return Object.assign(new Error(message), { code: 'store-unavailable' });
}

describe('the store monitor', () => {
  const make = (store: Store, waitMs = 5_000) => {
    let log = '';
    const destination = new Writable({
      write(chunk, _, done) {
        log += String(chunk);
        done();
      },
    });
    const metrics = new Metrics({ component: 't', version: '0', processMetrics: false });
    const monitor = new StoreMonitor({
      store,
      metrics,
      logger: createLogger({ name: 't', version: '0', destination }),
      address: describeUrl('redis://user:geheim@host:6379/0?x=1'),
      waitMs,
      intervalMs: 1,
    });
    return { monitor, metrics, logged: () => log };
  };

  it('waits for a server that is not there yet, and says so once', async () => {
    let tries = 0;
    const { monitor, logged, metrics } = make({
      connect: async () => {
        if (tries++ < 2) throw away();
      },
      ping: async () => undefined,
    });
    expect(monitor.check).toThrow('not connected yet');
    await monitor.start();
    expect(monitor.check).not.toThrow();
    expect(logged().match(/is unavailable, waiting/g)).toHaveLength(1);
    expect(logged()).toContain('redis://host:6379/0');
    expect(logged()).not.toContain('geheim');
    expect(await metrics.registry.metrics()).toContain('relay_redis_up 1');
    await monitor.stop();
  });

  it('asks each time with a deadline that lets it say so early, and end when its time is over', async () => {
    const deadlines: number[] = [];
    const store: Store = {
      connect: async ({ deadlineMs }) => {
        deadlines.push(deadlineMs);
        throw away();
      },
      ping: async () => undefined,
    };
    await expect(make(store, 400).monitor.start()).rejects.toThrow(/within 400 ms/);
    expect(deadlines[0]).toBeLessThanOrEqual(400);
    expect(deadlines.every((ms, i) => ms >= 100 && ms <= (deadlines[i - 1] ?? ms))).toBe(true);
    const { monitor } = make(store, 0);
    const starting = expect(monitor.start()).rejects.toThrow('the monitor was stopped');
    expect(deadlines.at(-1)).toBe(2_000);
    await monitor.stop();
    await starting;
  });

  it('gives up after its time, and at once where waiting is useless', async () => {
    const store = (error: Error): Store => ({
      connect: async () => {
        throw error;
      },
      ping: async () => undefined,
    });
    await expect(make(store(away()), 50).monitor.start()).rejects.toThrow(
      /no answer from Redis at redis:\/\/host:6379\/0 within 50 ms/,
    );
    const denied = Object.assign(new Error('WRONGPASS'), { code: 'store-denied' });
    await expect(make(store(denied), 0).monitor.start()).rejects.toThrow(StartError);
    await expect(make(store(new TypeError('bug')), 0).monitor.start()).rejects.toThrow(TypeError);
  });

  it('says once when the server goes, and once when it is back', async () => {
    const pings: (() => Promise<void>)[] = [
      async () => undefined,
      () => Promise.reject(away()),
      () => Promise.reject(away()),
      async () => undefined,
    ];
    const done = new EventEmitter();
    const { monitor, logged } = make({
      connect: async () => undefined,
      ping: async () => {
        const next = pings.shift();
        if (next === undefined) done.emit('done');
        else await next();
      },
    });
    const finished = new Promise((resolve) => done.once('done', resolve));
    await monitor.start();
    await finished;
    await monitor.stop();
    expect(logged().match(/is unavailable: /g)).toHaveLength(1);
    expect(logged().match(/answers/g)).toHaveLength(2);
  });
});
