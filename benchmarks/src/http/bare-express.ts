/**
 * The yardstick of `http`: an Express app that parses the same body, validates nothing and answers as
 * the gateway does, without Redis.
 */
import express from 'express';

const app = express();
app.use(express.json());
app.post('/v1/queues/:queue/jobs', (request, response) => {
  response.status(201).json({
    id: '0mq5cz1kT2nVZ8cYxw3a',
    queue: request.params.queue,
    state: 'ready',
    duplicate: false,
  });
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no address');
  process.stdout.write(`listening on http://127.0.0.1:${address.port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
