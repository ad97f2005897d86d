import { createServer } from 'node:net';
import { StartFailure } from './errors.ts';

const TRIES = 100;

/** The first port from `first` on that nobody listens on at this moment. */
export async function nextFreePort(first: number): Promise<number> {
  for (let port = first; port < first + TRIES; port++) {
    // oxlint-disable-next-line no-await-in-loop -- the first that is free.
    if (await isFree(port)) return port;
  }
  throw new StartFailure(
    `no port is free from ${first} to ${first + TRIES - 1}: name one with --port`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
