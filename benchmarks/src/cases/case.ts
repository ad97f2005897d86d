import type { Context } from '../harness/context.ts';
import type { Series } from '../harness/results.ts';

/** A part of the benchmark: some rows that are measured together. */
export interface Case {
  /** For `--only`. */
  readonly name: string;
  /** Ids of its rows. */
  readonly rows: readonly string[];
  /** Left out by `--quick`: its rows have no goals. */
  readonly slow?: boolean;
  run(context: Context): Promise<readonly Series[]>;
}
