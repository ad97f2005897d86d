/** What is measured, and which way is better. */
export const METRICS = {
  rate: { unit: 'jobs/s', better: 'higher', digits: 0 },
  redis: { unit: 'µs of Redis CPU a job', better: 'lower', digits: 1 },
  client: { unit: 'µs of client CPU a job', better: 'lower', digits: 1 },
  p50: { unit: 'ms, p50', better: 'lower', digits: 2 },
  p99: { unit: 'ms, p99', better: 'lower', digits: 2 },
  bytes: { unit: 'bytes a job', better: 'lower', digits: 0 },
  commands: { unit: 'Redis commands a second and worker', better: 'lower', digits: 2 },
  requests: { unit: 'requests/s', better: 'higher', digits: 0 },
  call: { unit: 'µs a call', better: 'lower', digits: 0 },
  core: { unit: '% of a core', better: 'lower', digits: 2 },
  longest: { unit: 'ms, the longest command', better: 'lower', digits: 0 },
} as const satisfies Record<string, MetricInfo>;

interface MetricInfo {
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly digits: number;
}

export type Metric = keyof typeof METRICS;

/** One contender's runs of one row, in rounds: the i-th run of each was made in the same round. */
export interface Series {
  /** Id of the row; never changes its meaning. */
  readonly row: string;
  readonly metric: Metric;
  readonly contender: string;
  readonly values: readonly number[];
  /** Why a run was void; the whole series then counts for nothing. */
  readonly void?: string;
}

/** Collects the runs of one row. */
export class RowRecorder {
  readonly #row: string;
  readonly #series = new Map<
    string,
    { metric: Metric; contender: string; values: number[]; void?: string }
  >();

  constructor(row: string) {
    this.#row = row;
  }

  add(contender: string, figures: Partial<Record<Metric, number>>): void {
    for (const metric of Object.keys(figures) as Metric[]) {
      const value = figures[metric];
      if (value !== undefined) this.#of(contender, metric).values.push(value);
    }
  }

  /** This contender's run of these metrics failed its verification, or broke. */
  void(contender: string, metrics: readonly Metric[], why: string): void {
    for (const metric of metrics) {
      const series = this.#of(contender, metric);
      series.values.push(Number.NaN);
      series.void ??= why;
    }
  }

  get series(): Series[] {
    return [...this.#series.values()].map((series) => ({ row: this.#row, ...series }));
  }

  #of(contender: string, metric: Metric) {
    const key = `${contender} ${metric}`;
    const known = this.#series.get(key);
    if (known) return known;
    const fresh: { metric: Metric; contender: string; values: number[]; void?: string } = {
      metric,
      contender,
      values: [],
    };
    this.#series.set(key, fresh);
    return fresh;
  }
}
