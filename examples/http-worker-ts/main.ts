import { defineQueue, Relay } from '@relay/sdk';
import { z } from 'zod';

const emails = defineQueue('emails', {
  welcome: z.object({ to: z.string().includes('@'), name: z.string() }),
});

const relay = new Relay({ url: process.env['RELAY_URL'] ?? 'http://127.0.0.1:8080' });
const worker = relay.queue(emails).worker({
  concurrency: 20,
  handlers: {
    // The payload has the type of its validator, and has passed it.
    welcome: async ({ payload }, { progress }) => {
      progress({ step: 'sending' });
      return { greeting: `Welcome, ${payload.name}!`, to: payload.to };
    },
  },
});

worker.on('settled', ({ job, outcome, runMs }) => {
  console.log(`${outcome} ${job.id} in ${Math.round(runMs)} ms`);
});
worker.on('error', ({ op, error }) => console.error(op, error));
worker.start();
console.log('working');

process.once('SIGTERM', () => void worker.stop());
await worker.done;
console.log('stopped');
