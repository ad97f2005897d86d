import { type RedisServer, startRedisServer } from '@relay/testkit';
import { conformance } from './suite.ts';

let server: RedisServer;

conformance(
  'one server',
  async () => {
    server = await startRedisServer();
    return server.url;
  },
  async () => server.stop(),
);
