import { expect, it } from '@jest/globals';
import type { ClaimResult, WakeListener } from '@relay/broker';
import type { Logger } from '@relay/service-kit';
import { ClaimHub } from '../src/leases/claim-hub.ts';

const job = { leases: [{ id: 'one' }], retryAfterMs: null, ghosts: [] } as unknown as ClaimResult;
const nothing: ClaimResult = { ...job, leases: [] };

it('a listener that Redis refuses is told once, and clients get their jobs all the same', async () => {
  const warnings: string[] = [];
  let waits = 0;
  const listener: WakeListener = {
    wait: async () => {
      waits += 1;
      throw new Error('NOPERM: no BLPOP');
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const hub = new ClaimHub({
    open: () => listener,
    nudge: async () => true,
    logger: { warn: (_: object, text: string) => warnings.push(text) } as unknown as Logger,
  });
  const wish = {
    queues: ['q'],
    // There is work when it has been looked for three times.
    claim: async () => (waits < 3 ? nothing : job),
    giveBack: () => undefined,
  };
  const claimed = await hub.wait(wish, 60_000, new AbortController().signal);
  expect(claimed.leases).toEqual(job.leases);
  expect(waits).toBeGreaterThanOrEqual(3);
  expect(warnings).toEqual([expect.stringMatching(/cannot wait for jobs.*NOPERM.*BLPOP/)]);
  await hub.stop();
});
