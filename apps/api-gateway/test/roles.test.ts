import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Permission,
  ROLE_PERMISSIONS,
  ROUTES,
  type Role,
  type RouteDescriptor,
  role,
} from '@relay/contract';
import { type RedisServer, startRedisServer } from '@relay/testkit';
import { call, slug, startTestGateway, type TestGateway } from './harness.ts';
import { bearer, type TestKey, testKeys } from './keys.ts';

/** Every route of the contract: a new one is covered by being in the table. */
const routes: [string, RouteDescriptor][] = Object.entries(ROUTES);
const roles = role.options;

const keys = testKeys({
  ...(Object.fromEntries(roles.map((one) => [one, { roles: [one] }])) as Record<Role, TestKey>),
  all: { roles: [...roles] },
  mine: { roles: [...roles], queues: ['mine', 'team-*'] },
  expired: { roles: [...roles], expiresAt: '2020-01-01T00:00:00Z' },
});
const { tokens } = keys;

let redis: RedisServer;
let gateway: TestGateway;
let job: string;

beforeAll(async () => {
  redis = await startRedisServer();
  gateway = await startTestGateway({ redis: redis.url, auth: keys.auth });
  job = (await gateway.broker.enqueue('matrix', { payload: '1' })).id;
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await redis.stop();
});

interface Asked {
  readonly status: number;
  readonly slug: string | undefined;
  readonly challenge: string | null;
}

/**
 * Asks a route, with a body that is no JSON, so that even whoever may changes nothing. Reads no more
 * than the beginning of an answer: one may be a stream.
 */
async function ask({ method, path, body }: RouteDescriptor, token?: string): Promise<Asked> {
  const url = path
    .replace('{queue}', 'matrix')
    .replaceAll(/\{\w+\}/g, method === 'DELETE' ? 'nobody12' : job);
  const response = await fetch(gateway.url + url, {
    method,
    headers: {
      ...(token === undefined ? {} : bearer(token)),
      ...(body === null ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === null ? {} : { body: '{"x":' }),
  });
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  const text = isProblem ? await response.text() : '';
  if (!isProblem) await response.body?.cancel();
  const { type } = text === '' ? { type: undefined } : (JSON.parse(text) as { type: string });
  return {
    status: response.status,
    slug: type?.split('/').at(-1),
    challenge: response.headers.get('www-authenticate'),
  };
}

const isAllowed = (one: Role, permission: Permission | null) =>
  permission === null || ROLE_PERMISSIONS[one].includes(permission);

describe.each(routes)('%s', (_, route) => {
  it.each(roles)('answers a %s as the table says', async (one) => {
    const answer = await ask(route, tokens[one]);
    if (isAllowed(one, route.permission)) {
      expect([401, 403]).not.toContain(answer.status);
      expect(answer.status).toBeLessThan(500);
    } else {
      expect([answer.status, answer.slug]).toEqual([403, 'forbidden']);
    }
  });

  const strangers: [string, string | undefined][] = [
    ['no key', undefined],
    ['an expired key', tokens.expired],
    ['the wrong secret', tokens.all.slice(0, -43) + 'A'.repeat(43)],
    ['the secret of another key', tokens.all.slice(0, -43) + tokens.mine.slice(-43)],
    ['a revoked key', `rk_0123456789ab_${tokens.all.slice(-43)}`],
  ];
  it.each(strangers)('knows nobody with %s', async (__, token) => {
    const answer = await ask(route, token);
    if (route.permission === null) expect(answer.status).toBeLessThan(400);
    else {
      expect([answer.status, answer.slug]).toEqual([401, 'unauthenticated']);
      expect(answer.challenge).toMatch(/^Bearer/);
    }
  });

  if (route.path.includes('{queue}')) {
    it('does not exist for a key of other queues', async () => {
      const answer = await ask(route, tokens.mine);
      expect([answer.status, answer.slug]).toEqual([404, 'not-found']);
    });
  }
});

describe('a key of some queues', () => {
  const headers = bearer(tokens.mine);

  it('finds no job of another queue by its id', async () => {
    const answer = await call(gateway, `GET /v1/jobs/${job}`, { headers });
    expect([answer.status, slug(answer)]).toEqual([404, 'not-found']);
    expect(
      (await call(gateway, `GET /v1/jobs/${job}`, { headers: bearer(tokens.all) })).status,
    ).toBe(200);
  });

  it('claims nothing of another queue', async () => {
    const claim = (queues: string[], token: string) =>
      call(gateway, 'POST /v1/leases', {
        json: { workerId: 'w', queues, max: 1 },
        headers: bearer(token),
      });
    const foreign = await claim(['mine', 'matrix'], tokens.mine);
    expect([foreign.status, slug(foreign)]).toEqual([404, 'not-found']);
    expect((await gateway.broker.stats('matrix'))?.counts.active).toBe(0);
    expect((await claim(['mine', 'team-a'], tokens.mine)).status).toBe(200);
  });

  it('sees no other queue in lists', async () => {
    await gateway.broker.enqueue('team-a', { payload: '1' });
    for (const path of ['/v1/queues', '/v1/overview', '/v1/dead-letters/groups']) {
      const answer = await call(gateway, `GET ${path}`, { headers });
      expect([path, answer.status]).toEqual([path, 200]);
      expect([path, answer.text.includes('matrix')]).toEqual([path, false]);
    }
  });

  it('hears of no other queue, even by its name', async () => {
    const groups = await call(gateway, 'GET /v1/dead-letters/groups?queue=matrix', { headers });
    expect([200, 404]).toContain(groups.status);
    expect(groups.body.items ?? []).toEqual([]);
    const response = await fetch(`${gateway.url}/v1/events?queue=matrix`, { headers });
    expect([200, 404]).toContain(response.status);
    // The first event says all there is.
    let heard = '';
    for await (const chunk of response.body ?? []) {
      heard += Buffer.from(chunk).toString();
      if (/data: .*\n/.test(heard)) break;
    }
    expect(heard).not.toContain('"matrix"');
  });

  it('sees and stops no operation on another', async () => {
    const begun = await call(gateway, 'POST /v1/queues/matrix/jobs/actions', {
      json: { action: 'retry', filter: { state: 'dead' } },
      headers: bearer(tokens.all),
    });
    expect(begun.status).toBe(202);
    const { operationId } = begun.body as { operationId: string };
    for (const request of [
      `GET /v1/operations/${operationId}`,
      `POST /v1/operations/${operationId}/cancel`,
    ]) {
      const answer = await call(gateway, request, { headers });
      expect([request, answer.status]).toEqual([request, 404]);
    }
  });
});

describe('a bulk action', () => {
  it('that deletes needs the permission to delete', async () => {
    const act = (one: 'operator' | 'admin') =>
      call(gateway, 'POST /v1/queues/matrix/jobs/actions', {
        json: { action: 'delete', filter: { state: 'dead' }, dryRun: true },
        headers: bearer(tokens[one]),
      });
    const refused = await act('operator');
    expect([refused.status, slug(refused)]).toEqual([403, 'forbidden']);
    expect((await act('admin')).status).toBe(200);
  });
});
