import { afterEach, beforeEach } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '@relay/testkit';
import type { Broker } from '../../src/index.ts';
import { loadScripts } from '../../src/scripts.ts';
import type { BrokerFixture } from './broker-fixture.ts';

/** As in production: nothing counts the calls of a script that a fault hits. */
export const SCRIPTS = loadScripts();

export interface ProxyUse {
  /** Anew for each test. */
  readonly proxy: () => FaultProxy;
  /** A broker behind the proxy that has its connection and knows its scripts. */
  readonly openBehindProxy: (queue: string, deadlineMs?: number) => Promise<Broker>;
}

/** A way to the fixture's Redis that can be broken. */
export function useProxy(fixture: () => BrokerFixture): ProxyUse {
  let proxy: FaultProxy;
  beforeEach(async () => {
    proxy = await startFaultProxy({ target: fixture().server });
  });
  afterEach(async () => proxy.stop());
  return {
    proxy: () => proxy,
    async openBehindProxy(queue, deadlineMs = 5_000) {
      const options = { redis: proxy.url, scripts: SCRIPTS, callTimeoutMs: 100, deadlineMs };
      const broker = fixture().open(options);
      await broker.claim(queue, { workerId: 'w1', max: 0 });
      return broker;
    },
  };
}
