import { Queue, QueueEvents, UnrecoverableError, Worker } from 'bullmq';

const { hostname, port } = new URL(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
const connection = { host: hostname, port: Number(port) };

const queue = new Queue('invoices', { connection });
const events = new QueueEvents('invoices', { connection });
await events.waitUntilReady();

const worker = new Worker(
  'invoices',
  async (job) => {
    switch (job.name) {
      case 'total':
        return job.data.cents.reduce((sum: number, one: number) => sum + one, 0);
      case 'flaky':
        if (job.attemptsMade === 0) throw new Error('not yet');
        return 'at last';
      default:
        throw new UnrecoverableError('nobody can do that');
    }
  },
  { connection },
);

const retry = { attempts: 3, backoff: { type: 'fixed', delay: 10 } };
const jobs = await queue.addBulk([
  { name: 'total', data: { cents: [995, 5] } },
  { name: 'flaky', data: {}, opts: retry },
  { name: 'impossible', data: {}, opts: retry },
]);
for (const job of jobs) {
  try {
    console.log(job.name, await job.waitUntilFinished(events));
  } catch (error) {
    console.log(job.name, `failed: ${(error as Error).message}`);
  }
}

await worker.close();
await events.close();
await queue.close();
