// The same behaviours against a server of yours, of any kind that the broker takes as a URL:
//
//   RELAY_CONFORMANCE_URL=rediss://user:password@host:6380/0 npx relay-jest test/conformance/given.test.ts
//
// They work in a namespace of their own and delete its keys afterwards. Without the variable they are not registered:
// there is no server to run them against, and what no server was asked is no skipped test.
import { expect, test } from '@jest/globals';
import { startRedisServer } from '@relay/testkit';
import { Redis } from 'ioredis';
import { BEHAVIOURS, conformance, runBehaviour } from './suite.ts';
import { Target } from './target.ts';

const url = process.env.RELAY_CONFORMANCE_URL;
if (url !== undefined && url !== '') conformance('the given server', async () => url);

test('a run touches no key of others and leaves none of its own', async () => {
  await using server = await startRedisServer();
  const client = new Redis(server.url);
  await client.set('relay:{q1}:ready', 'somebody else');
  {
    await using target = new Target(server.url);
    for (const behaviour of BEHAVIOURS.slice(0, 5)) await runBehaviour(target, behaviour);
    expect(await client.dbsize()).toBeGreaterThan(5);
  }
  expect(await client.keys('*')).toEqual(['relay:{q1}:ready']);
  expect(await client.get('relay:{q1}:ready')).toBe('somebody else');
  client.disconnect();
});
