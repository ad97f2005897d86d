import { startRedisServer } from '@relay/testkit';
import { Relay } from '../../src/index.ts';
import { startGateway } from '../gateway.ts';
import { OPERATING } from './operating.ts';
import { PRODUCING } from './producing.ts';
import { conformance } from './suite.ts';
import { WORKING } from './working.ts';

conformance('a real gateway', async () => {
  const redis = await startRedisServer();
  const gateway = await startGateway(redis.url);
  return {
    relay: new Relay({ url: gateway.url }),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await redis.stop();
    },
  };
}, [PRODUCING, WORKING, OPERATING]);
