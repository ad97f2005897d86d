import { LeaseLostError, ReleaseError } from './errors.ts';
import { JobLog } from './job-log.ts';
import { progressJson } from './json.ts';
import type { JobOwner, RunningJob } from './running-job.ts';
import type { JobContext, Logger } from './types.ts';

/**
 * What the handler gets. Everything is made when it is first asked for, and functions are getters so
 * that they can be taken out of the context: a handler that uses none of it pays for one object.
 */
export class HandlerContext implements JobContext {
  readonly #job: RunningJob;
  readonly #owner: JobOwner;
  #log: Logger | undefined;

  constructor(job: RunningJob, owner: JobOwner) {
    this.#job = job;
    this.#owner = owner;
  }

  get signal(): AbortSignal {
    return this.#job.signal;
  }

  get attempt(): number {
    return this.#job.lease.attempt;
  }

  get log(): Logger {
    if (this.#log === undefined) {
      const { queue, id, attempt } = this.#job.lease;
      const logger = this.#owner.logger.child({ queue, job: id, attempt });
      this.#log = new JobLog(logger, (line) => {
        this.#job.keep(line);
        this.#owner.onProgress();
      });
    }
    return this.#log;
  }

  get progress(): JobContext['progress'] {
    return (value) => {
      this.#job.progress = progressJson(value);
      this.#owner.onProgress();
    };
  }

  get extend(): JobContext['extend'] {
    return async (leaseMs) => {
      if (this.#job.active) await this.#owner.extend(this.#job, leaseMs);
      if (this.#job.active) return;
      throw new LeaseLostError(`job ${this.#job.lease.id} is no longer this worker's`);
    };
  }

  get release(): JobContext['release'] {
    return (delayMs) => {
      throw new ReleaseError(delayMs);
    };
  }
}
