import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { problemType } from '@relay/contract';
import { type ApiError, callText } from '../src/data/api.ts';
import { reportLogin, sessionState } from '../src/data/session-state.ts';

const answers: Response[] = [];
const fetchReal = globalThis.fetch;
let asked = 0;
let hour = 0;

beforeEach(() => {
  asked = 0;
  // Each an hour later: what one has learnt of limits is past for the next.
  hour += 1;
  jest.useFakeTimers({ now: hour * 3_600_000 });
  globalThis.fetch = async () => {
    asked += 1;
    return answers.shift() ?? Response.json({});
  };
});

afterEach(() => {
  jest.useRealTimers();
  globalThis.fetch = fetchReal;
});

function answer(
  about: { status: number; slug: string; title?: string; detail: string },
  headers: Record<string, string> = {},
): void {
  const { status, slug, title = '', detail } = about;
  const type = slug.startsWith('http') ? slug : `https://relay.dev/problems/${slug}`;
  const body = { type, status, title, detail, instance: '/', requestId: 'r' };
  answers.push(
    Response.json(body, {
      status,
      headers: { 'Content-Type': 'application/problem+json', ...headers },
    }),
  );
}

async function failure(): Promise<ApiError> {
  return (await callText('/v1/overview').catch((error: unknown) => error)) as ApiError;
}

it('an answer that the store is away names Redis', async () => {
  const title = 'The store is unavailable';
  answer({
    status: 503,
    slug: problemType('store-unavailable'),
    title,
    detail: 'try again shortly',
  });
  expect(await failure()).toMatchObject({
    title: 'Redis is unavailable',
    message: 'Redis: try again shortly',
    isOutage: true,
  });
});

it('a limit is kept: nothing is asked for before it lets the next one through', async () => {
  answer({ status: 429, slug: 'rate-limited', detail: 'Too many.' }, { 'Retry-After': '3' });
  expect(await failure()).toMatchObject({
    message: 'Too many. Try again in 3 s.',
    retryAfterMs: 3_000,
  });
  jest.advanceTimersByTime(1_000);
  expect(await failure()).toMatchObject({ status: 429, retryAfterMs: 2_000 });
  expect(asked).toBe(1);
  jest.advanceTimersByTime(2_000);
  expect(await callText('/v1/overview')).toBe('{}');
  expect(asked).toBe(2);
});

it('a full queue stops nothing else', async () => {
  answer({ status: 429, slug: 'queue-full', detail: 'Full.' }, { 'Retry-After': '5' });
  expect((await failure()).message).toBe('Full. Try again in 5 s.');
  expect(await callText('/v1/overview')).toBe('{}');
});

it('after the end of a session nothing is asked for until somebody logs in', async () => {
  answer({ status: 401, slug: 'login-required', detail: 'Log in.' });
  await failure();
  expect(sessionState().ended).toBe(true);
  expect((await failure()).code).toBe('login-required');
  expect(asked).toBe(1);
  reportLogin({ name: 'ann', role: 'viewer', permissions: [] });
  expect(await callText('/v1/overview')).toBe('{}');
});

it('that the dashboard’s own key is refused ends nobody’s session', async () => {
  answer({ status: 401, slug: 'unauthenticated', detail: 'No such key.' });
  expect((await failure()).code).toBe('unauthenticated');
  expect(sessionState().ended).toBe(false);
});
