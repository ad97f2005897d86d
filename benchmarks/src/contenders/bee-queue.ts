import BeeQueue from 'bee-queue';
import type { Payload } from '../harness/payload.ts';
import type { AddOptions, Client, OpenOptions, PreparedWorker, WorkOptions } from './contender.ts';

/** bee-queue as its README has it for throughput: no events, no stored jobs, succeeded and failed jobs removed. */
export async function openBeeQueue({
  url,
  queue: name,
  delayed = false,
}: OpenOptions): Promise<Client> {
  const { hostname: host, port } = new URL(url);
  const settings: BeeQueue.QueueSettings = {
    redis: { host, port: Number(port) },
    getEvents: false,
    sendEvents: false,
    storeJobs: false,
    removeOnSuccess: true,
    removeOnFailure: true,
    activateDelayedJobs: delayed,
    // The shortest that it allows itself: it waits so long to take several due jobs together.
    delayedDebounce: 1,
  };
  const producer = new BeeQueue<Payload>(name, { ...settings, isWorker: false });
  await producer.ready();
  const jobOf = (data: Payload, { dueAt }: AddOptions = {}) => {
    const job = producer.createJob(data);
    if (dueAt !== undefined) job.delayUntil(dueAt);
    if (delayed) job.retries(4).backoff('fixed', 10);
    return job;
  };
  return {
    async add(data, add) {
      refusePriority(add);
      await jobOf(data, add).save();
    },
    async addBulk(data, add) {
      refusePriority(add);
      const errors = await producer.saveAll(data.map((one) => jobOf(one, add)));
      for (const error of errors.values()) throw error;
    },
    worker: (work) => prepare(name, settings, work),
    async left() {
      const { waiting, active, delayed: later, failed } = await producer.checkHealth();
      return waiting + active + later + failed;
    },
    close: () => producer.close(),
  };
}

function refusePriority({ priority }: AddOptions = {}): void {
  if (priority !== undefined) throw new Error('bee-queue has no priorities');
}

async function prepare(
  name: string,
  settings: BeeQueue.QueueSettings,
  { concurrency, handle, perSecond }: WorkOptions,
): Promise<PreparedWorker> {
  if (perSecond !== undefined) throw new Error('bee-queue has no rate limit');
  const worker = new BeeQueue<Payload>(name, settings);
  await worker.ready();
  // What fails is told by the counts after the run.
  worker.on('error', () => undefined);
  return {
    start() {
      worker.process(concurrency, async (job) => {
        await handle(job.data);
      });
    },
    stop: () => worker.close(5_000),
  };
}
