import type { DueLoop, DueLoopOptions } from '../due-loop.ts';
import type { LoopMetrics } from '../metrics.ts';

/** What every loop over due queues is made of, besides its own work. */
export interface LoopParts extends Omit<DueLoopOptions, 'name' | 'visit'> {
  readonly metrics: LoopMetrics;
}

/** A loop over due queues, by name. */
export interface DueWork {
  readonly name: string;
  readonly loop: DueLoop;
}
