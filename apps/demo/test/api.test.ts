import { createServer, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { problemType } from '@relay/contract';
import { listen } from '@relay/service-kit';
import { RelayApi } from '../src/api.ts';

/** What the fake gateway does with the next requests, the last one again and again. */
type Answer = { status: number; body: unknown; headers?: Record<string, string> } | 'cut';

const ACCEPTED = { id: 'j1', queue: 'demo', state: 'ready', duplicate: false };
const problem = (slug: 'store-unavailable' | 'unauthenticated', status: number): Answer => ({
  status,
  headers: { 'retry-after': '0' },
  body: {
    type: problemType(slug),
    title: 't',
    status,
    detail: `because of ${slug}`,
    instance: '/',
    requestId: 'r',
  },
});

let answers: Answer[] = [];
let bodies: string[] = [];
let keys: (string | undefined)[] = [];
let url = '';
const server = createServer((request, response) => {
  void read(request).then((body) => {
    bodies.push(body);
    keys.push(request.headers.authorization);
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? 'cut';
    if (answer === 'cut') return request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    return response.end(JSON.stringify(answer.body));
  });
});

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

beforeEach(async () => {
  bodies = [];
  keys = [];
  url = await listen(server, { host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function client(retryForMs = 5_000, signal = new AbortController().signal): RelayApi {
  return new RelayApi({ url, apiKey: 'rk_k_s', signal, retryForMs });
}

const REQUEST = { payload: { path: 'a.md' }, idempotencyKey: 'run-1' };

test('a request whose reply was cut is sent again with the same idempotency key', async () => {
  answers = ['cut', problem('store-unavailable', 503), { status: 201, body: ACCEPTED }];
  expect(await client().enqueue('demo', REQUEST)).toEqual(ACCEPTED);
  expect(bodies).toHaveLength(3);
  expect(new Set(bodies)).toEqual(new Set([JSON.stringify(REQUEST)]));
  expect(keys[0]).toBe('Bearer rk_k_s');
});

test('a refusal is not tried again, and says what the gateway said', async () => {
  answers = [problem('unauthenticated', 401)];
  await expect(client().enqueue('demo', REQUEST)).rejects.toMatchObject({
    code: 'refused',
    status: 401,
    message: expect.stringContaining('because of unauthenticated'),
  });
  expect(bodies).toHaveLength(1);
});

test('an absent gateway is given up when the time is over', async () => {
  answers = ['cut'];
  await expect(client(200).enqueue('demo', REQUEST)).rejects.toMatchObject({
    code: 'unreachable',
    status: null,
  });
  expect(bodies.length).toBeGreaterThan(1);
});

test('a missing job is undefined, another answer than agreed is refused', async () => {
  answers = [{ status: 404, body: {} }];
  expect(await client().job('demo', 'j1')).toBeUndefined();
  answers = [{ status: 200, body: { id: 7 } }];
  await expect(client().job('demo', 'j1')).rejects.toMatchObject({ code: 'refused', status: 200 });
});

test('an abort ends the tries', async () => {
  answers = ['cut'];
  const stop = new AbortController();
  const running = client(60_000, stop.signal).enqueue('demo', REQUEST);
  stop.abort(new Error('enough'));
  await expect(running).rejects.toThrow(/enough|aborted/);
});
