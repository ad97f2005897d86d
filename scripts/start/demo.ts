import { setTimeout as delay } from 'node:timers/promises';
import type { DemoProgress, DemoReport } from '../../apps/demo/src/report.ts';
import { StartFailure } from './errors.ts';
import { describeExit, type LogEntry, type Service } from './service.ts';
import type { Stack } from './stack.ts';

/** Which worker is killed, and when: after this share of the jobs. */
const VICTIM = 'worker-2';
const CRASH_AFTER = 0.2;
const LOOK_MS = 10;
/** The jobs keep their slots for so long that the whole run takes about as many seconds, on eight slots. */
const RUN_MS = 4_000;
const SLOTS = 8;
const LONGEST_HOLD_MS = 150;

export interface DemoRunOptions {
  readonly stack: Stack;
  readonly jobs: number;
  readonly queue: string;
  readonly onProgress: (progress: DemoProgress) => void;
  /** Told when the worker is killed. */
  readonly onCrash: (worker: string) => void;
}

/** The demo against a stack: posts the jobs, and lets one of the workers crash while they run. */
export class DemoRun {
  readonly #options: DemoRunOptions;
  readonly #service: Service;
  #report: DemoReport | undefined;
  #crash: Promise<void> | undefined;

  constructor(options: DemoRunOptions) {
    this.#options = options;
    const { stack, jobs, queue } = options;
    const hold = Math.min(LONGEST_HOLD_MS, Math.round((RUN_MS * SLOTS) / jobs));
    const env = {
      RELAY_API_URL: stack.url,
      DEMO_JOBS: String(jobs),
      DEMO_QUEUE: queue,
      DEMO_HOLD_MS: String(hold),
    };
    this.#service = stack.spawn('demo', env, (entry) => this.#take(entry));
  }

  /**
   * Waits until all jobs are accounted for or given up.
   *
   * @throws {StartFailure} when the demo ends without having accounted for them.
   */
  async finish(): Promise<DemoReport> {
    const exit = await this.#service.exit;
    await this.#crash;
    if (this.#report !== undefined) return this.#report;
    throw new StartFailure(
      `${describeExit('the demo ended without an account', exit)}; see .relay/logs/demo.log`,
    );
  }

  /** Ends it early; nothing happens when it has ended. */
  async stop(): Promise<void> {
    await this.#service.stop(5_000);
  }

  #take(entry: LogEntry): void {
    // Both are written by our own demo, built from the same sources.
    if (entry['event'] === 'report') this.#report = entry['report'] as DemoReport;
    if (entry['event'] !== 'progress') return;
    const progress = entry['progress'] as DemoProgress;
    this.#options.onProgress(progress);
    if (progress.completed + progress.dead < progress.jobs * CRASH_AFTER) return;
    if (this.#crash !== undefined) return;
    this.#crash = this.#crashOnce();
    // Whoever waits for the end is told.
    this.#crash.catch(() => undefined);
  }

  /** Kills the worker at a moment at which it holds a job: otherwise there is nothing to repair. */
  async #crashOnce(): Promise<void> {
    const { stack, onCrash } = this.#options;
    const id = await stack.workerId(VICTIM);
    while (this.#service.running) {
      // oxlint-disable-next-line no-await-in-loop -- looks until it is so.
      if (await this.#isBusy(id)) {
        onCrash(VICTIM);
        // oxlint-disable-next-line no-await-in-loop -- and ends with it.
        return await stack.crash(VICTIM);
      }
      // oxlint-disable-next-line no-await-in-loop
      await delay(LOOK_MS);
    }
  }

  async #isBusy(workerId: string): Promise<boolean> {
    const { stack, queue } = this.#options;
    const response = await fetch(new URL(`/v1/queues/${queue}/jobs?state=active`, stack.url), {
      signal: AbortSignal.timeout(5_000),
    });
    const page = (await response.json()) as { items?: { workerId?: string }[] };
    return page.items?.some((job) => job.workerId === workerId) ?? false;
  }
}
