import { setTimeout as delay } from 'node:timers/promises';
import type { Broker } from '@relay/broker';
import { codeOf } from '@relay/service-kit';
import type { StoreClock } from './store-clock.ts';

/** Between two signs of life, ms. */
const BEAT_MS = 1_000;

export interface PresenceOptions {
  readonly broker: Pick<Broker, 'beat' | 'leave'>;
  /** Of this replica; matches the pattern of names. */
  readonly id: string;
  /** What operators see of it. */
  readonly info: Readonly<Record<string, unknown>>;
  readonly clock: StoreClock;
}

/**
 * Shows that this replica lives, in the registry of replicas, and learns from each answer what time it
 * is for Redis.
 */
export class Presence {
  readonly #options: PresenceOptions;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Runs until the signal is aborted. A Redis that is away leaves things as they are. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- a loop by nature.
        await this.beat();
      } catch (error) {
        if (codeOf(error) !== 'store-unavailable') throw error;
      }
      // oxlint-disable-next-line no-await-in-loop
      await delay(BEAT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @throws what the broker throws. */
  async beat(): Promise<void> {
    const { broker, id, info, clock } = this.#options;
    const askedAt = performance.now();
    const { now } = await broker.beat('replicas', { id, info }, { deadlineMs: BEAT_MS });
    clock.observe({ time: now, askedAt, answeredAt: performance.now() });
  }

  /** Takes this replica out of the registry. @throws what the broker throws. */
  async leave(): Promise<void> {
    await this.#options.broker.leave('replicas', this.#options.id, { deadlineMs: BEAT_MS });
  }
}
