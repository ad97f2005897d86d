// A worker over HTTP: GATEWAY, QUEUES, CONCURRENCY, LEASE_MS.
import { Relay } from '@relay/sdk';
import { monotonicMs } from '../history/events.ts';
import { openLog, work } from './work.ts';

const { GATEWAY = '', QUEUES = '', CONCURRENCY = '4', LEASE_MS = '3000' } = process.env;
const by = process.env['FAULTS_NAME'] ?? 'nobody';
const log = openLog();
const relay = new Relay({ url: GATEWAY, timeoutMs: 3_000 });
const worker = relay.worker({
  queues: QUEUES.split(','),
  concurrency: Number(CONCURRENCY),
  leaseMs: Number(LEASE_MS),
  waitMs: 2_000,
  handlers: (
    job: { id: string; queue: string; payload: unknown; attempt: number; crashes: number },
    context: { signal: AbortSignal },
  ) => work(log, { ...job, payloadText: JSON.stringify(job.payload) }, context.signal),
});
worker.on('lost', ({ job, cause }) =>
  log.note({ e: 'lost', t: monotonicMs(), id: job.id, cause, by }),
);
process.once('SIGTERM', () => void worker.stop({ drainMs: 10_000 }));
worker.start();
console.log('ready');
await worker.done;
