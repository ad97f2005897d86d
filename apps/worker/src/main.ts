import { packageVersion, runService } from '@relay/service-kit';
import { workerSchema } from './config.ts';
import { startWorker } from './start-worker.ts';

// Started by `relay-worker --watch`: without its supervisor nobody would end it.
if (process.connected) process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));

await runService({
  name: 'worker',
  version: packageVersion(import.meta.url),
  schema: workerSchema,
  start: startWorker,
});
