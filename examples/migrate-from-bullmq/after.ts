import { NonRetryableError, Relay } from '@relay/sdk';

interface Invoices {
  total: { cents: number[] };
  flaky: object;
  impossible: object;
}

const relay = new Relay({ url: process.env['RELAY_URL'] ?? 'http://127.0.0.1:8080' });
const queue = relay.queue<Invoices>('invoices');

const worker = queue.worker({
  handlers: {
    total: async ({ payload }) => payload.cents.reduce((sum, one) => sum + one, 0),
    flaky: async (job) => {
      if (job.attempt === 1) throw new Error('not yet');
      return 'at last';
    },
    impossible: async () => {
      throw new NonRetryableError('nobody can do that');
    },
  },
});
worker.start();

const retry = { maxAttempts: 3, backoff: { type: 'fixed', baseMs: 10 } } as const;
const jobs = await queue.enqueueMany([
  { type: 'total', payload: { cents: [995, 5] } },
  { type: 'flaky', payload: {}, ...retry },
  { type: 'impossible', payload: {}, ...retry },
]);
for (const [at, outcome] of jobs.entries()) {
  if (!outcome.ok) throw outcome.error;
  const { state, result, error } = await queue.result(outcome.job.id);
  const type = ['total', 'flaky', 'impossible'][at];
  console.log(type, state === 'completed' ? result : `failed: ${error?.message ?? state}`);
}

await worker.stop();
