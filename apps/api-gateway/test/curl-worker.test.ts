import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { assertConsistent, startProcess, startRedisServer, until } from '@relay/testkit';
import { call, startTestGateway } from './harness.ts';
import { bearer, testKeys } from './keys.ts';

const script = fileURLToPath(new URL('../../../examples/curl-worker/worker.sh', import.meta.url));

it('a worker made of curl and a shell loop completes and fails jobs, with a key of its own', async () => {
  await using redis = await startRedisServer();
  const { auth, tokens } = testKeys({
    worker: { roles: ['worker'], queues: ['emails'] },
    admin: { roles: ['admin'] },
  });
  await using gateway = await startTestGateway({ redis: redis.url, auth });
  const headers = bearer(tokens.admin);
  const enqueue = async (payload: unknown): Promise<string> => {
    const json = { payload, maxAttempts: 1 };
    const answer = await call(gateway, 'POST /v1/queues/emails/jobs', { json, headers });
    expect(answer.status).toBe(201);
    return answer.body.id;
  };
  const jobOf = async (id: string) =>
    (await call(gateway, `GET /v1/queues/emails/jobs/${id}`, { headers })).body;

  await using worker = await startProcess({
    command: 'sh',
    entry: script,
    env: { RELAY_URL: gateway.url, RELAY_API_KEY: tokens.worker, QUEUE: 'emails', MAX_JOBS: '3' },
    readyPattern: /works on emails/,
  });
  const ids = [
    await enqueue({ to: 'ada@example.org' }),
    await enqueue({ for: 'nobody' }),
    await enqueue({ to: `"quoted" 'names' $(touch /tmp/never) \`x\` ü` }),
  ] as const;
  await until(async () => (await jobOf(ids[2])).state === 'completed', {
    what: 'the last job to be completed',
    deadlineMs: 30_000,
  });
  expect(await jobOf(ids[0])).toMatchObject({
    state: 'completed',
    result: { sentTo: 'ada@example.org' },
  });
  expect(await jobOf(ids[1])).toMatchObject({
    state: 'dead',
    error: { name: 'Exit1', message: expect.stringContaining('no field "to"') },
  });
  expect((await jobOf(ids[2])).result.sentTo).toContain('$(touch /tmp/never)');
  expect(await worker.exit).toMatchObject({ code: 0 });
  expect(worker.lines().join('\n')).toContain('has done 3 jobs');
  expect(worker.lines().join('\n')).not.toContain(tokens.worker.slice(-43));
  await assertConsistent(redis.url, 'emails');
});
