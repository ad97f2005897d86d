import { FakeRelay } from '../../src/testing/index.ts';
import { OPERATING } from './operating.ts';
import { PRODUCING } from './producing.ts';
import { conformance } from './suite.ts';
import { WORKING } from './working.ts';

conformance(
  'the fake',
  async () => ({ relay: new FakeRelay().relay, [Symbol.asyncDispose]: async () => undefined }),
  [PRODUCING, WORKING, OPERATING],
);
