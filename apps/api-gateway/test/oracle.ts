import { expect } from '@jest/globals';
import type { RedisServer } from '@relay/testkit';
import { Redis } from 'ioredis';
import { type Answer, call, slug, type TestGateway } from './harness.ts';

/** What is true after every hostile request, whatever it was. */
export interface Oracle extends AsyncDisposable {
  /**
   * The answer has the status and problem that are expected (`422 validation`), is no 5xx and shows no
   * stack; the process lives, nothing was written, the next valid request succeeds.
   */
  judge(answer: Answer, expected: string): Promise<void>;
  /** The part of it that needs no answer. */
  isUnharmed(): Promise<void>;
}

/**
 * An oracle over a gateway and its Redis: one for all hostile suites, fuzz included.
 *
 * @param headers Of the valid requests in between, such as a key.
 */
export async function openOracle(
  gateway: TestGateway,
  redis: RedisServer,
  headers: Record<string, string> = {},
): Promise<Oracle> {
  const client = new Redis(redis.url);
  // Always the same job, so that it writes nothing after the first time.
  const nextIsFine = async (): Promise<void> => {
    const answer = await call(gateway, 'POST /v1/queues/fine/jobs', {
      json: { payload: 1, idempotencyKey: 'always' },
      headers,
    });
    expect([200, 201]).toContain(answer.status);
  };
  await nextIsFine();
  const keysBefore = await client.dbsize();
  const isUnharmed = async (): Promise<void> => {
    expect((await call(gateway, 'GET /livez')).status).toBe(200);
    expect(await client.dbsize()).toBe(keysBefore);
    await nextIsFine();
  };
  return {
    isUnharmed,
    async judge(answer, expected) {
      expect(`${answer.status} ${slug(answer) ?? ''}`).toBe(expected);
      expectHarmless(answer);
      await isUnharmed();
    },
    async [Symbol.asyncDispose]() {
      client.disconnect();
    },
  };
}

/** No fault of ours, and nothing of our insides. */
export function expectHarmless(answer: Answer): void {
  expect(answer.status).toBeLessThan(500);
  expect(answer.headers.get('x-request-id')).toBeTruthy();
  expect(answer.text).not.toMatch(/\n\s+at |node_modules|\.ts:\d/);
}
