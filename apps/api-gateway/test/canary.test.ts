import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { startRedisServer } from '@relay/testkit';
import { type Answer, call, startTestGateway } from './harness.ts';
import { bearer, testKeys } from './keys.ts';

/** Where a secret of somebody else's may stand: found again only by those who may see it. */
const canary = `canary${randomBytes(12).toString('hex')}`;

it('a secret in payloads, headers, results, keys and tokens is in no log, metric or error', async () => {
  await using redis = await startRedisServer();
  const { auth, tokens } = testKeys({ admin: { roles: ['admin'] } });
  await using gateway = await startTestGateway({ redis: redis.url, auth });
  const headers = bearer(tokens.admin);
  const errors: Answer[] = [];
  const send = async (request: string, options: Parameters<typeof call>[2] = {}) => {
    const answer = await call(gateway, request, {
      ...options,
      headers: { ...headers, ...options.headers },
    });
    if (answer.status >= 400) errors.push(answer);
    return answer;
  };
  const job = { type: 'welcome', payload: { canary }, headers: { trace: canary } };
  const queue = '/v1/queues/q';

  // Accepted, given out, failed and settled.
  expect((await send(`POST ${queue}/jobs`, { json: job })).status).toBe(201);
  expect((await send(`POST ${queue}/jobs/bulk`, { json: { jobs: [job, job] } })).status).toBe(200);
  const claimed = await send('POST /v1/leases', { json: { workerId: 'w', queues: ['q'], max: 3 } });
  const leaseTokens = claimed.body.leases.map((one: { leaseToken: string }) => one.leaseToken);
  expect([leaseTokens.length, claimed.text.includes(canary)]).toEqual([3, true]);
  const [first, second, third] = leaseTokens as string[];
  const settled = await send('POST /v1/leases/settle', {
    json: {
      items: [
        { leaseToken: first, outcome: 'complete', result: { canary } },
        { leaseToken: second, outcome: 'release' },
        {
          leaseToken: third,
          outcome: 'fail',
          error: { name: 'E', message: canary, stack: canary },
        },
      ],
    },
  });
  expect(settled.status).toBe(200);

  // Refused in every way, with the secret wherever a client might put it.
  const bodies: Parameters<typeof call>[2][] = [
    { json: { ...job, priority: 'high' } },
    { json: { ...job, delayMs: -1 } },
    { json: { payload: { canary }, maxAttempts: 0 } },
    { body: `{"payload":"${canary}` },
    { body: `{"payload":"${canary}"} x` },
    { body: `{"payload":{"a":"${canary}\u0001"}}` },
    { json: job, headers: { 'Content-Type': 'text/plain' } },
    { json: job, headers: { Origin: 'https://evil.example' } },
    { body: `{"payload":"${canary}${'x'.repeat(1_100_000)}"}` },
    { json: { ...job, durability: canary } },
  ];
  for (const body of bodies)
    expect((await send(`POST ${queue}/jobs`, body)).status).toBeGreaterThan(399);
  await send('POST /v1/leases/settle', {
    json: { items: [{ leaseToken: first, outcome: 'explode', result: canary }] },
  });
  await send('POST /v1/leases/extend', { json: { items: [{ leaseToken: first, leaseMs: 1 }] } });
  await send(`PATCH ${queue}/jobs/x`, { json: { payload: canary } });
  await send(`POST ${queue}/jobs`, { json: { payload: 1, idempotencyKey: 'k' } });
  await send(`POST ${queue}/jobs`, { json: { payload: canary, idempotencyKey: 'k' } });
  for (const token of [
    `${tokens.admin.slice(0, -1)}-`,
    `rk_abcdef123456_${canary.padEnd(43, 'x')}`,
  ]) {
    errors.push(await call(gateway, 'GET /v1/queues', { headers: bearer(token) }));
  }
  errors.push(await call(gateway, `GET /v1/queues?token=${tokens.admin}`));

  // The store goes away in the midst of it.
  await redis.kill('SIGSTOP');
  errors.push(await send(`POST ${queue}/jobs`, { json: job }));
  await redis.kill('SIGCONT');

  const metrics = (await call(gateway, 'GET /metrics')).text;
  const ready = (await call(gateway, 'GET /readyz')).text;
  expect(errors.length).toBeGreaterThan(15);
  const secrets = [canary, tokens.admin.slice(-43), ...leaseTokens];
  for (const secret of secrets) {
    for (const answer of errors) expect(answer.text).not.toContain(secret);
    expect(metrics).not.toContain(secret);
    expect(ready).not.toContain(secret);
    expect(gateway.logged()).not.toContain(secret);
  }
  // The log is at its most talkative, so this says something.
  expect(gateway.logged()).toContain('"problem":"validation"');
});
