import type { Counter, Gauge, Metrics } from '@relay/service-kit';
import type { JobStore } from '../store.ts';

/** `relay_redis_*` that Redis says of itself. While it is away they are absent rather than stale. */
export class RedisGauges {
  readonly #store: Pick<JobStore, 'server'>;
  readonly #gauges: readonly Gauge[];
  readonly #used: Gauge;
  readonly #max: Gauge;
  readonly #noEviction: Gauge;
  readonly #aof: Gauge;
  readonly #evicted: Counter;

  constructor(store: Pick<JobStore, 'server'>, metrics: Metrics) {
    this.#store = store;
    this.#used = metrics.gauge({
      name: 'relay_redis_memory_used_bytes',
      help: 'Memory that Redis uses.',
    });
    this.#max = metrics.gauge({
      name: 'relay_redis_memory_max_bytes',
      help: 'maxmemory of Redis; 0: no limit.',
    });
    this.#noEviction = metrics.gauge({
      name: 'relay_redis_noeviction',
      help: '1 while Redis does not throw keys away.',
    });
    this.#aof = metrics.gauge({
      name: 'relay_redis_aof_enabled',
      help: '1 while Redis writes an append-only file.',
    });
    this.#evicted = metrics.counter({
      name: 'relay_redis_evicted_keys_total',
      help: 'Keys that Redis has thrown away.',
    });
    this.#gauges = [this.#used, this.#max, this.#noEviction, this.#aof];
    this.clear();
  }

  async read(): Promise<void> {
    const server = await this.#store.server();
    this.#used.set(server.usedBytes);
    this.#max.set(server.maxBytes ?? 0);
    if (server.evictionPolicy !== null) {
      this.#noEviction.set(server.evictionPolicy === 'noeviction' ? 1 : 0);
    }
    if (server.appendOnly !== null) this.#aof.set(server.appendOnly ? 1 : 0);
    this.#evicted.reset();
    this.#evicted.inc(server.evictedKeys);
  }

  clear(): void {
    for (const gauge of this.#gauges) gauge.remove();
  }
}
