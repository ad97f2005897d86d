import { describe, expect, it } from '@jest/globals';
import { call, serveTests, slug } from './harness.ts';

const { gateway } = await serveTests();

const post = (queue: string, json: unknown, headers?: Record<string, string>) =>
  call(gateway, `POST /v1/queues/${queue}/jobs`, { json, ...(headers ? { headers } : {}) });

const bulk = (jobs: unknown) => call(gateway, 'POST /v1/queues/bulk/jobs/bulk', { json: { jobs } });

describe('enqueue', () => {
  it('accepts a job and says where it is', async () => {
    const answer = await post('emails', { payload: { to: 'ada' }, type: 'welcome', priority: 7 });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.any(String),
      queue: 'emails',
      state: 'ready',
      duplicate: false,
    });
    const location = answer.headers.get('location');
    expect(location).toBe(`/v1/queues/emails/jobs/${answer.body.id}`);
    const job = await call(gateway, `GET ${location}`);
    expect(job.body).toMatchObject({
      id: answer.body.id,
      type: 'welcome',
      priority: 7,
      state: 'ready',
      payload: { to: 'ada' },
      attempts: 0,
      error: null,
      result: null,
      history: [],
    });
  });

  it('keeps every option', async () => {
    const request = {
      payload: 1,
      type: 'x',
      priority: -5,
      runAt: '2099-05-05T05:05:05.005+02:00',
      maxAttempts: 9,
      maxCrashes: 8,
      backoff: { type: 'fixed', baseMs: 5, capMs: 6, jitter: 'none' },
      timeoutMs: 77,
      expiresInMs: 88,
      idempotencyKey: 'k-1 ü',
      idempotencyWindowMs: 5000,
      durability: 'local',
      headers: { tenant: '7' },
    };
    const { body, status } = await post('options', request);
    expect([status, body.state]).toEqual([201, 'scheduled']);
    const job = await call(gateway, `GET /v1/queues/options/jobs/${body.id}`);
    const { idempotencyWindowMs: _, durability: __, ...kept } = request;
    expect(job.body).toMatchObject({ ...kept, runAt: '2099-05-05T03:05:05.005Z' });
  });

  it('schedules a job by delay', async () => {
    const { body } = await post('later', { payload: 1, delayMs: 60_000 });
    expect(body.state).toBe('scheduled');
  });

  it('carries the trace of its caller, unless the job has its own', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const tracestate = 'vendor=1,other=2';
    const { body } = await post('trace', { payload: 1 }, { traceparent, tracestate });
    const job = await call(gateway, `GET /v1/queues/trace/jobs/${body.id}`);
    expect(job.body.headers).toEqual({ traceparent, tracestate });
    const alone = await post('trace', { payload: 1 }, { tracestate });
    const third = await call(gateway, `GET /v1/queues/trace/jobs/${alone.body.id}`);
    expect(third.body.headers).toEqual({});
    const own = await post('trace', { payload: 1, headers: { traceparent: 'x' } }, { traceparent });
    const second = await call(gateway, `GET /v1/queues/trace/jobs/${own.body.id}`);
    expect(second.body.headers).toEqual({ traceparent: 'x' });
  });

  it('gives back the request id of the caller when it is well formed', async () => {
    const good = await post('ids', { payload: 1 }, { 'X-Request-Id': 'abc-1.2_3' });
    expect(good.headers.get('x-request-id')).toBe('abc-1.2_3');
    const bad = await post('ids', { payload: 1 }, { 'X-Request-Id': 'a b' });
    expect(bad.headers.get('x-request-id')).not.toBe('a b');
  });
});

describe('the payload', () => {
  it.each([
    ['big integers', '{"n": 123456789012345678901234567890, "m": -0, "e": 1E400, "f": 1.10}'],
    ['__proto__ and doubled names', '{"__proto__": {"admin": true}, "a": 1, "a": 2}'],
    ['escapes', '"\\u0041\\/\\ud83d\\ude00 \\u0000"'],
    ['lone surrogates', '["\\ud800", "\\udc00x"]'],
    ['white space', '{ "a" :\t[ 1 ,\n 2 ] }'],
    ['depth 128', `${'['.repeat(128)}${']'.repeat(128)}`],
    ['null', 'null'],
    ['an empty string', '""'],
    ['text beyond ASCII', '"żółw 🐢"'],
    ['what looks like our own fields', '{"payload": {"payload": 5}, "jobs": [{"payload": 1}]}'],
  ])('keeps %s byte for byte', async (_, payload) => {
    const body = `{ "type":"x", "payload" : ${payload} , "priority": 1 }`;
    const { status, body: accepted } = await call(gateway, 'POST /v1/queues/bytes/jobs', { body });
    expect(status).toBe(201);
    const { leases } = await gateway.broker.claim('bytes', { workerId: 'w', max: 1 });
    expect(leases[0]?.payload).toBe(payload);
    const response = await fetch(`${gateway.url}/v1/queues/bytes/jobs/${accepted.id}`);
    expect(await response.text()).toContain(`"payload":${payload},`);
  });

  it('may be 1 MiB in all, and no more', async () => {
    const envelope = '{"payload":""}'.length;
    const fits = `{"payload":"${'x'.repeat(1_048_576 - envelope)}"}`;
    expect((await call(gateway, 'POST /v1/queues/big/jobs', { body: fits })).status).toBe(201);
    const over = await call(gateway, 'POST /v1/queues/big/jobs', { body: `${fits} ` });
    expect([over.status, slug(over)]).toEqual([413, 'too-large']);
  });
});

describe('idempotency', () => {
  it('answers the same request again with the first job, and another request with 422', async () => {
    const first = await post('idem', { payload: 1, idempotencyKey: 'k' });
    const again = await post('idem', { payload: 1, idempotencyKey: 'k' });
    expect([again.status, again.body]).toEqual([200, { ...first.body, duplicate: true }]);
    const other = await post('idem', { payload: 2, idempotencyKey: 'k' });
    expect([other.status, slug(other)]).toEqual([422, 'idempotency-mismatch']);
  });

  it('takes the key from the header too, and refuses two that differ', async () => {
    const header = { 'Idempotency-Key': 'h1' };
    const first = await post('idem', { payload: 1 }, header);
    const again = await post('idem', { payload: 1, idempotencyKey: 'h1' }, header);
    expect([again.status, again.body.id]).toEqual([200, first.body.id]);
    const differs = await post('idem', { payload: 1, idempotencyKey: 'h2' }, header);
    expect([differs.status, slug(differs)]).toEqual([422, 'validation']);
    expect(differs.body.errors).toEqual([
      { pointer: '/idempotencyKey', detail: expect.any(String) },
    ]);
  });

  it('makes one job of the same key sent 100 times at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => post('once', { payload: 'x', idempotencyKey: 'same' })),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await gateway.broker.stats('once'))?.counts.ready).toBe(1);
  });
});

describe('bulk', () => {
  it('answers each job by itself, in the order given', async () => {
    const { status, body } = await bulk([
      { payload: 1 },
      { payload: 2, priority: 5000 },
      5,
      { payload: 3, delayMs: 60_000, idempotencyKey: 'b' },
      { payload: 3, delayMs: 60_000, idempotencyKey: 'b' },
      { payload: 4, idempotencyKey: 'b' },
      {},
      { payload: 5, durability: 'replicated' },
    ]);
    expect(status).toBe(200);
    expect(body.results.map((one: { status: number }) => one.status)).toEqual([
      201, 422, 422, 201, 200, 422, 422, 201,
    ]);
    expect(body.results.map((one: { index: number }) => one.index)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(body).toMatchObject({ created: 3, duplicates: 1, failed: 4 });
    expect(body.results[1].problem.errors[0].pointer).toBe('/jobs/1/priority');
    expect(body.results[2].problem.errors[0].pointer).toBe('/jobs/2');
    expect(body.results[4]).toMatchObject({ id: body.results[3].id, duplicate: true });
    expect(body.results[5].problem.type).toMatch(/idempotency-mismatch$/);
    expect(body.results[6].problem.errors[0].pointer).toBe('/jobs/6/payload');
    expect(body.results[7]).toMatchObject({ replicas: 0 });
  });

  it('keeps the bytes of each payload', async () => {
    const body = '{"jobs":[{"payload": 1.0 },{"payload":{"a": 12345678901234567890}}]}';
    const answer = await call(gateway, 'POST /v1/queues/bulkbytes/jobs/bulk', { body });
    expect(answer.body.created).toBe(2);
    const { leases } = await gateway.broker.claim('bulkbytes', { workerId: 'w', max: 9 });
    expect(leases.map(({ payload }) => payload)).toEqual(['1.0', '{"a": 12345678901234567890}']);
  });

  it('takes 1 to 1,000 jobs', async () => {
    const all = await bulk(Array.from({ length: 1000 }, (_, n) => ({ payload: n })));
    expect([all.status, all.body.created]).toEqual([200, 1000]);
    for (const jobs of [[], Array.from({ length: 1001 }, () => ({ payload: 1 })), {}, undefined]) {
      const refused = await bulk(jobs);
      expect([refused.status, slug(refused)]).toEqual([422, 'validation']);
    }
  });

  it('refuses a key for all of them, and more than 4 MiB', async () => {
    const keyed = await call(gateway, 'POST /v1/queues/bulk/jobs/bulk', {
      json: { jobs: [{ payload: 1 }] },
      headers: { 'Idempotency-Key': 'x' },
    });
    expect(slug(keyed)).toBe('validation');
    const large = await bulk([{ payload: 'x'.repeat(4_194_304) }]);
    expect([large.status, slug(large)]).toEqual([413, 'too-large']);
  });
});

describe('reading jobs', () => {
  it('lists one state in pages, without payloads', async () => {
    for (let n = 0; n < 5; n++) await post('pages', { payload: n, type: n % 2 ? 'odd' : 'even' });
    const first = await call(gateway, 'GET /v1/queues/pages/jobs?state=ready&limit=3');
    expect(first.body.items).toHaveLength(3);
    expect(first.text).not.toContain('payload');
    const cursor = encodeURIComponent(first.body.nextCursor);
    const second = await call(
      gateway,
      `GET /v1/queues/pages/jobs?state=ready&limit=3&cursor=${cursor}`,
    );
    expect(second.body.items).toHaveLength(2);
    expect(second.body.nextCursor).toBeNull();
    const odd = await call(gateway, 'GET /v1/queues/pages/jobs?state=ready&type=odd&order=desc');
    expect(odd.body.items.map((job: { type: string }) => job.type)).toEqual(['odd', 'odd']);
  });

  it('does not find what is not there', async () => {
    await post('pages', { payload: 1 });
    const job = await call(gateway, 'GET /v1/queues/pages/jobs/nothing-like-this');
    expect([job.status, slug(job)]).toEqual([404, 'not-found']);
    const list = await call(gateway, 'GET /v1/queues/never-was/jobs?state=ready');
    expect(list.body).toEqual({ items: [], nextCursor: null });
  });

  it('shows history, result and progress of a job that ran', async () => {
    const { body } = await post('ran', { payload: 1 });
    const { leases } = await gateway.broker.claim('ran', { workerId: 'w1', max: 1 });
    const lease = leases[0]!;
    const of = { id: lease.id, token: lease.token };
    const lines = [{ at: 1_700_000_000_000, level: 'info', message: 'sent' }] as const;
    await gateway.broker.settle('ran', [
      { ...of, outcome: 'complete', result: '{"n": 1.00}', logs: lines },
    ]);
    const job = await call(gateway, `GET /v1/queues/ran/jobs/${body.id}`);
    expect(job.body).toMatchObject({ state: 'completed', workerId: 'w1' });
    expect(job.body.history).toMatchObject([{ number: 1, outcome: 'completed', workerId: 'w1' }]);
    expect(job.body.logs).toEqual({
      number: 1,
      lines: [{ ...lines[0], at: '2023-11-14T22:13:20.000Z' }],
    });
    expect(job.text).toContain('"result":{"n": 1.00}');
    expect(job.body.finishedAt).not.toBeNull();
  });
});
