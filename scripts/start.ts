/** Starts Relay on this machine: a Redis of our own unless REDIS_URL names one. */
import { once } from 'node:events';
// By path: every package depends on the root in turbo's eyes, so the root depends on none of them.
import { startRedisServer } from '../packages/testkit/src/index.ts';

const redis = process.env.REDIS_URL ? undefined : await startRedisServer();
console.log(`Redis at ${redis?.url ?? process.env.REDIS_URL}; Ctrl-C ends it`);
// A pending promise does not keep Node alive.
const alive = setInterval(() => {}, 60_000);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
clearInterval(alive);
await redis?.stop();
