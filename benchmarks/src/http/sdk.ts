import { createServer } from 'node:http';
import { Relay } from '@relay/sdk';

const CALLS = 500;
const AT_ONCE = 20;
const ANSWER = '{"id":"abcdefghijklmnopqrst","queue":"q","state":"ready","duplicate":false}';
const PAYLOAD = { to: 'ada@example.org', name: 'Ada', text: 'x'.repeat(100) };

/** µs a call of one round. */
interface SdkRound {
  readonly sdk: number;
  readonly fetch: number;
}

/** An enqueue of the SDK beside a bare fetch of the same request, in turns; the server answers at once. */
export async function sdkFigures(rounds: number): Promise<SdkRound[]> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(201, { 'content-type': 'application/json' }).end(ANSWER);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no address');
  const url = `http://127.0.0.1:${address.port}`;
  const queue = new Relay({ url }).queue('q');
  const bare = async (): Promise<unknown> => {
    const response = await fetch(`${url}/v1/queues/q/jobs`, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ type: 't', idempotencyKey: crypto.randomUUID(), payload: PAYLOAD }),
      signal: AbortSignal.timeout(10_000),
    });
    return await response.json();
  };
  const found: SdkRound[] = [];
  try {
    for (let index = 0; index <= rounds; index++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, in turns.
      const round = {
        fetch: await timed(bare),
        sdk: await timed(() => queue.enqueue('t', PAYLOAD)),
      };
      // The first is for the compiler.
      if (index > 0) found.push(round);
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
  return found;
}

async function timed(call: () => Promise<unknown>): Promise<number> {
  let left = CALLS;
  const begunAt = performance.now();
  const caller = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- each caller has one call under way.
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  return ((performance.now() - begunAt) * 1_000) / CALLS;
}
