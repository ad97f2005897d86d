interface BenchmarkOptions {
  /** Fewer and shorter runs: to see that it works, not to quote. */
  readonly quick: boolean;
}

/** A goal and what was reached. */
export interface Target {
  readonly name: string;
  readonly value: number;
  /** `>= 0.6` or `<= 0.62`, as it is printed. */
  readonly goal: `${'>=' | '<='} ${number}`;
}

/** Prints its figures and answers what became of its goals. */
export type Benchmark = (options: BenchmarkOptions) => Promise<readonly Target[]>;

export function isMet({ value, goal }: Target): boolean {
  const bound = Number(goal.slice(3));
  return goal.startsWith('>=') ? value >= bound : value <= bound;
}
