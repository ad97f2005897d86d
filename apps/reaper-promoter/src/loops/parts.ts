import type { DueLoop, DueLoopOptions } from '../due-loop.ts';
import type { LoopMetrics } from '../metrics.ts';

/** What every loop over due queues is made of, besides its own work. */
export interface LoopParts extends Omit<DueLoopOptions, 'name' | 'visit' | 'lagMs'> {
  readonly metrics: LoopMetrics;
}

/**
 * A loop over this replica's queues. All of them sleep until something they were told of is due:
 *
 * - `dueTimes`: the earliest time of a scheduled job, a lease or an expiry, which the scripts publish;
 * - `changed`: something has happened in a queue, which its due times and its total of jobs show: the loop decides how soon that matters to it.
 */
export interface QueueLoop {
  readonly loop: DueLoop;
  /** Whether it shares the due times of the scripts. */
  readonly dueTimes: boolean;
  /** Whether it visits a queue when that has its turn, whatever is known. One of those that share due times is enough. */
  readonly atTurns: boolean;
  /** Something has happened in `queue`. */
  readonly changed?: (queue: string) => void;
}
