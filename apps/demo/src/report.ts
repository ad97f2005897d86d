/** What a run found out about its jobs. */
export interface DemoReport {
  readonly jobs: number;
  readonly completed: number;
  readonly dead: number;
  readonly cancelled: number;
  /** Accepted, and not come to an end when our patience was over: gone, or stuck. */
  readonly lost: number;
  /** Extra jobs in the queue for one request: an idempotency key did not hold. */
  readonly doubled: number;
  /** Completed with another result than the document gives. */
  readonly wrong: number;
  /** Jobs that came to their end after at least one failed attempt and another one. */
  readonly retried: number;
  /** Jobs that came to their end although a worker died with them. */
  readonly recovered: number;
  /** Which worker ended how many. */
  readonly workers: Readonly<Record<string, number>>;
  /** From the first request to the last end, in ms. */
  readonly durationMs: number;
  /** One line for each of the first jobs that are lost, doubled or wrong. */
  readonly problems: readonly string[];
}

/** How far a run is. */
export interface DemoProgress {
  readonly jobs: number;
  readonly accepted: number;
  readonly completed: number;
  readonly dead: number;
}

/** Whether every job is accounted for, once, with the right result. */
export function isSound({ lost, doubled, wrong }: DemoReport): boolean {
  return lost + doubled + wrong === 0;
}

/** For instance `200 jobs, 180 completed, 20 dead, 0 lost`. */
export function summaryOf(report: DemoReport): string {
  const { jobs, completed, dead, lost } = report;
  const rare = (['cancelled', 'doubled', 'wrong'] as const)
    .filter((name) => report[name] > 0)
    .map((name) => `, ${report[name]} ${name}`);
  return `${jobs} jobs, ${completed} completed, ${dead} dead${rare.join('')}, ${lost} lost`;
}
