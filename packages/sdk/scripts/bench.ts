// What an enqueue costs beside a bare fetch of the same request: the median of seven rounds.
//
//   pnpm --filter @relay/sdk bench
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Relay } from '../src/index.ts';

const ROUNDS = 7;
const CALLS = 600;
const ANSWER = '{"id":"abcdefghijklmnopqrst","queue":"q","state":"ready","duplicate":false}';
const payload = { to: 'ada@example.org', name: 'Ada', text: 'x'.repeat(100) };

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(201, { 'content-type': 'application/json' }).end(ANSWER);
  });
});
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve);
});
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const queue = new Relay({ url }).queue('q');

async function bare(): Promise<unknown> {
  const response = await fetch(`${url}/v1/queues/q/jobs`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ type: 't', idempotencyKey: crypto.randomUUID(), payload }),
    signal: AbortSignal.timeout(10_000),
  });
  return await response.json();
}

/** Microseconds a call, 20 at once. */
async function round(call: () => Promise<unknown>): Promise<number> {
  let left = CALLS;
  const startedAt = performance.now();
  const callers = Array.from({ length: 20 }, async () => {
    // oxlint-disable-next-line no-await-in-loop -- each caller has one call under way.
    while (left-- > 0) await call();
  });
  await Promise.all(callers);
  return ((performance.now() - startedAt) * 1_000) / CALLS;
}

const bareRounds: number[] = [];
const sdkRounds: number[] = [];
for (let index = 0; index <= ROUNDS; index += 1) {
  // oxlint-disable-next-line no-await-in-loop -- one after the other, in turns.
  const pair = [await round(bare), await round(() => queue.enqueue('t', payload))] as const;
  // The first is for the compiler.
  if (index === 0) continue;
  bareRounds.push(pair[0]);
  sdkRounds.push(pair[1]);
}
const median = (rounds: readonly number[]): number =>
  rounds.toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0;
const ratio = median(sdkRounds) / median(bareRounds);
console.log(
  `fetch ${median(bareRounds).toFixed(0)} µs, enqueue ${median(sdkRounds).toFixed(0)} µs: ${ratio.toFixed(2)} times`,
);
server.close();
server.closeAllConnections();
