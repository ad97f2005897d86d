// The handlers of the worker service.
import type { Job, JobContext } from '@relay/consumer';
import { openLog, work } from './work.ts';

const log = openLog();

export default async function handle(job: Job, { signal }: JobContext): Promise<unknown> {
  return await work(log, job, signal);
}
