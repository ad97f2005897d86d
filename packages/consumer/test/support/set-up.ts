import { afterEach } from '@jest/globals';
import { Worker, type WorkerOptions } from '../../src/index.ts';
import { FakeBroker } from './fake-broker.ts';

const workers: Worker[] = [];

/** A worker of four slots, not started, on a broker whose answers the test gives; stopped after the test. */
export function setUp(options: Partial<WorkerOptions> = {}): {
  readonly broker: FakeBroker;
  readonly worker: Worker;
} {
  const broker = new FakeBroker();
  const worker = new Worker({
    broker,
    queues: ['q'],
    handlers: () => undefined,
    concurrency: 4,
    leaseMs: 1_000,
    ...options,
  });
  workers.push(worker);
  return { broker, worker };
}

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop({ drainMs: 0 });
});
