import type { Broker } from '@relay/broker';
import { codeOf, pause, toNextStep } from '@relay/service-kit';
import type { Shares } from './shares.ts';
import type { StoreClock } from './store-clock.ts';

/** Between two signs of life, ms. */
const BEAT_MS = 500;
/** Whoever gave none for so long is taken for dead, ms: with the next beat, its share has moved within 2.5 s. */
const SILENCE_MS = 2_000;

export interface PresenceOptions {
  readonly broker: Pick<Broker, 'beat' | 'leave'>;
  /** Of this replica; matches the pattern of names. */
  readonly id: string;
  /** Which service it is a replica of: only those share. */
  readonly service: string;
  readonly version: string;
  readonly clock: StoreClock;
  readonly shares: Shares;
}

/**
 * Shows that this replica lives, in the registry of replicas, and learns from each answer who else does, and what time
 * it is for Redis.
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
      await pause(toNextStep(BEAT_MS), signal);
    }
  }

  /** @throws what the broker throws. */
  async beat(): Promise<void> {
    const { broker, id, service, version, clock, shares } = this.#options;
    const askedAt = performance.now();
    const { now, members } = await broker.beat(
      'replicas',
      { id, info: { service, version }, silenceMs: SILENCE_MS, all: true },
      { deadlineMs: 2 * BEAT_MS },
    );
    clock.observe({ time: now, askedAt, answeredAt: performance.now() });
    shares.update(members.filter(({ info }) => serviceOf(info) === service).map((one) => one.id));
  }

  /** Takes this replica out of the registry. @throws what the broker throws. */
  async leave(): Promise<void> {
    await this.#options.broker.leave('replicas', this.#options.id, { deadlineMs: 2 * BEAT_MS });
  }
}

function serviceOf(info: unknown): unknown {
  return typeof info === 'object' && info !== null && 'service' in info ? info.service : undefined;
}
