import { NotFoundError, Relay } from '@relay/sdk';
import express from 'express';

interface Emails {
  welcome: { to: string; name: string };
}

// Requests of the same moment share calls to the gateway.
const relay = new Relay({
  url: process.env['RELAY_URL'] ?? 'http://127.0.0.1:8080',
  batch: { maxJobs: 100, maxWaitMs: 2 },
});
const emails = relay.queue<Emails>('emails');

const app = express().use(express.json());

app.post('/signups', async (request, response) => {
  const { to, name } = request.body as Emails['welcome'];
  // Whoever signs up twice within a day is welcomed once.
  const job = await emails.enqueue('welcome', { to, name }, { idempotencyKey: `welcome:${to}` });
  response.status(202).location(`/signups/${job.id}`).json({ id: job.id });
});

app.get('/signups/:id', async (request, response) => {
  try {
    const { state, result } = await emails.job(request.params.id);
    response.json({ state, result });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    response.status(404).json({ error: error.message });
  }
});

const server = app.listen(Number(process.env['PORT'] ?? 3_000), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : address;
  console.log(`listening on http://127.0.0.1:${port}`);
});
process.once('SIGTERM', () => server.close());
