import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { TestkitError } from './errors.ts';

/**
 * Below the ports that Linux (from 32768) and macOS (from 49152) give to
 * outgoing connections. While a server is down for a test, a client that
 * reconnects could otherwise be given the server's own port, and talk to itself.
 */
const FIRST = 20_000;
const LAST = 32_000;

/**
 * A port on 127.0.0.1 that nobody listens on at this moment.
 *
 * Somebody else may take it before you do: be ready to ask for another.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
  throw new TestkitError('REDIS_START_FAILED', `No free port between ${FIRST} and ${LAST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
