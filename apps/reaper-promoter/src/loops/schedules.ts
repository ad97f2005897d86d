import type { Broker, DueListener, FireResult } from '@relay/broker';
import { codeOf, messageOf, pause, toNextStep } from '@relay/service-kit';
import { Directory } from '../directory.ts';
import { DueLoop, LOOK } from '../due-loop.ts';
import type { Shares } from '../shares.ts';
import type { LoopParts } from './parts.ts';

export interface SchedulesLoopOptions extends LoopParts {
  readonly schedules: Broker['schedules'];
  readonly shares: Shares;
}

/** Fires the ticks of this replica's schedules, and finds those whose time no message told. */
export class SchedulesLoop {
  readonly #options: SchedulesLoopOptions;
  readonly #directory: Directory;
  readonly #loop: DueLoop;
  #listener: DueListener | undefined;

  constructor(options: SchedulesLoopOptions) {
    this.#options = options;
    this.#directory = new Directory((cursor) => options.schedules.names(cursor), options.shares);
    this.#loop = new DueLoop({
      ...options,
      onVisited: () => undefined,
      name: 'schedules',
      visit: (id) => this.#visit(id),
    });
    this.#directory.listen({
      // What it is due at is told by the first look.
      taken: (id) => this.#loop.announce(id, LOOK),
      left: (id) => this.#loop.forget(id),
    });
  }

  /** How many schedules are this replica's. */
  get owned(): number {
    return this.#directory.owned;
  }

  /** Begins to hear of new times. */
  async open(): Promise<void> {
    this.#listener = await this.#options.schedules.listener((id, dueAt) => {
      if (this.#directory.add(id)) this.#loop.announce(id, dueAt);
    });
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }

  /** Fires, until the signal is aborted. */
  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  /** Looks for what was missed, until the signal is aborted. */
  async sweep(signal: AbortSignal): Promise<void> {
    const { observer, sweepMs } = this.#options;
    while (!signal.aborted) {
      const startedAt = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- a loop by nature.
      const ok = await this.#look(signal);
      observer.round('schedules-sweep', { ok, ms: performance.now() - startedAt });
      // oxlint-disable-next-line no-await-in-loop
      await pause(toNextStep(sweepMs), signal);
    }
  }

  async #look(signal: AbortSignal): Promise<boolean> {
    const { schedules, logger } = this.#options;
    try {
      await this.#directory.refresh();
      for (const id of await schedules.due(undefined, { signal })) {
        if (this.#directory.add(id)) this.#loop.announce(id, LOOK);
      }
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      const code = codeOf(error);
      logger.warn({ loop: 'schedules', code }, `no schedules were read: ${messageOf(error)}`);
      return false;
    }
  }

  async #visit(id: string): Promise<{ more: boolean; nextDueAt: number | null }> {
    const { schedules } = this.#options;
    // Without the signal: a tick under way is carried to its end.
    const fired = await schedules.fire(id);
    this.#tell(id, fired);
    return { more: false, nextDueAt: fired.nextDueAt };
  }

  #tell(id: string, { status, results }: FireResult): void {
    const { metrics, logger } = this.#options;
    if (status === 'gone') logger.warn({ schedule: id }, `schedule ${id} has no definition`);
    for (const { outcome, reason, tick } of results) {
      metrics.ticked(outcome);
      if (outcome === 'missed' || outcome === 'refused') {
        const at = new Date(tick).toISOString();
        logger.warn({ schedule: id, tick: at, reason }, `schedule ${id}: a tick was ${outcome}`);
      }
    }
  }
}
