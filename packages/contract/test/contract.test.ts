import { describe, expect, it } from '@jest/globals';
import {
  COMMON_PROBLEMS,
  enqueueRequest,
  LIMITS,
  NAME_PATTERN,
  PROBLEMS,
  problemType,
  ROLE_PERMISSIONS,
  ROUTES,
  type RouteDescriptor,
  role,
  slugOf,
  timestamp,
} from '../src/index.ts';

const routes: [string, RouteDescriptor][] = Object.entries(ROUTES);

function issuesOf(body: unknown): string[] {
  const result = enqueueRequest.safeParse(body);
  return result.success ? [] : result.error.issues.map((issue) => `/${issue.path.join('/')}`);
}

describe('an enqueue request', () => {
  it('needs only a payload, which may be null', () => {
    expect(issuesOf({ payload: null })).toEqual([]);
    expect(issuesOf({})).toEqual(['/payload']);
  });

  it.each([
    ['priority', 1001],
    ['priority', -1001],
    ['priority', 1.5],
    ['priority', '1'],
    ['priority', Number.POSITIVE_INFINITY],
    ['delayMs', -1],
    ['delayMs', 2 ** 53],
    ['runAt', 'tomorrow'],
    ['runAt', 1_700_000_000_000],
    ['runAt', '2100-01-01T00:00:00Z'],
    ['maxAttempts', 0],
    ['maxAttempts', 1001],
    ['maxCrashes', 0],
    ['timeoutMs', 0],
    ['expiresInMs', 0],
    ['idempotencyKey', ''],
    ['idempotencyKey', '\ud800'],
    ['idempotencyWindowMs', 999],
    ['durability', 'eternal'],
    ['type', '../x'],
    ['type', ''],
    ['headers', { a: 1 }],
    ['backoff', { type: 'linear' }],
    ['backoff', { baseMs: 0 }],
    ['backoff', { factor: 2 }],
  ])('is refused with %s = %j', (field, value) => {
    expect(issuesOf({ payload: 1, [field]: value })[0]).toMatch(new RegExp(`^/${field}`));
  });

  it('is refused with an unknown field, and with both delayMs and runAt', () => {
    expect(issuesOf({ payload: 1, prio: 1 })).toEqual(['/']);
    expect(issuesOf({ payload: 1, delayMs: 1, runAt: '2030-01-01T00:00:00Z' })).toEqual(['/runAt']);
  });

  it('is refused with a text that is too long', () => {
    expect(issuesOf({ payload: 1, idempotencyKey: 'x'.repeat(256) })).toEqual(['/idempotencyKey']);
    const headers = { a: 'x'.repeat(LIMITS.headersBytes) };
    expect(issuesOf({ payload: 1, headers })).toEqual(['/headers']);
  });

  it('takes the bounds themselves', () => {
    const body = {
      payload: [],
      type: 'a'.repeat(128),
      priority: -1000,
      delayMs: LIMITS.longestWaitMs,
      maxAttempts: 1000,
      maxCrashes: 100,
      idempotencyKey: 'x'.repeat(255),
      idempotencyWindowMs: LIMITS.longestWindowMs,
      backoff: { type: 'fixed', baseMs: 1, capMs: LIMITS.longestBackoffMs, jitter: 'none' },
    };
    expect(issuesOf(body)).toEqual([]);
  });
});

describe('names', () => {
  it.each(['a', '0', 'emails.high-priority_2', 'x'.repeat(128), 'constructor'])(
    'takes %s',
    (text) => {
      expect(NAME_PATTERN.test(text)).toBe(true);
    },
  );
  it.each(['', '.a', '-a', 'a b', 'a:b', '{x}', 'a/b', 'ä', 'a\n', 'x'.repeat(129), '😀'])(
    'refuses %j',
    (text) => {
      expect(NAME_PATTERN.test(text)).toBe(false);
    },
  );
});

describe('the table of routes', () => {
  it('has no two routes with the same method and path', () => {
    const all = routes.map(([, route]) => `${route.method} ${route.path}`);
    expect(new Set(all).size).toBe(all.length);
  });

  it('declares exactly the parameters of each path', () => {
    for (const [, route] of routes) {
      const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(Object.keys(route.params.shape)).toEqual(inPath);
    }
  });

  it("gives every permission that it asks for to an admin; to remove things is nobody else's", () => {
    for (const [, { permission }] of routes) {
      if (permission === null) continue;
      const holders = role.options.filter((one) => ROLE_PERMISSIONS[one].includes(permission));
      expect(holders).toContain('admin');
      expect(holders.length > 1).toBe(!permission.endsWith('.delete'));
    }
  });

  it('lists no problem twice', () => {
    for (const [, route] of routes) {
      const all = [...COMMON_PROBLEMS, ...route.problems];
      expect(new Set(all).size).toBe(all.length);
    }
  });
});

describe('problems', () => {
  it('are found again by their type', () => {
    for (const slug of Object.keys(PROBLEMS)) {
      expect(slugOf(`https://relay.dev/problems/${slug}`)).toBe(slug);
    }
    expect(slugOf(problemType('queue-full'))).toBe('queue-full');
    expect(slugOf('https://relay.dev/problems/constructor')).toBeUndefined();
    expect(slugOf('about:blank')).toBeUndefined();
  });
});

describe('times in answers', () => {
  it('are RFC 3339 in UTC with milliseconds', () => {
    expect(timestamp.safeParse(new Date(0).toISOString()).success).toBe(true);
    expect(timestamp.safeParse('1970-01-01T00:00:00Z').success).toBe(false);
    expect(timestamp.safeParse('1970-01-01T00:00:00.000+01:00').success).toBe(false);
  });
});
