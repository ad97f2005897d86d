import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { Relay } from '../../src/index.ts';

/** Something that claims to be Relay: a real gateway, or the fake of `@relay/sdk/testing`. */
export interface Target extends AsyncDisposable {
  readonly relay: Relay;
}

type Behaviour = (relay: Relay, queue: string) => Promise<void>;

export interface Area {
  readonly area: string;
  readonly behaviours: Readonly<Record<string, Behaviour>>;
}

/** Runs the whole list against a target; each behaviour has a queue of its own. */
export function conformance(
  name: string,
  start: () => Promise<Target>,
  areas: readonly Area[],
): void {
  describe(name, () => {
    let target: Target;
    let queues = 0;
    beforeAll(async () => {
      target = await start();
    });
    afterAll(async () => {
      await target[Symbol.asyncDispose]();
    });
    for (const { area, behaviours } of areas) {
      describe(area, () => {
        for (const [behaviour, run] of Object.entries(behaviours)) {
          it(behaviour, () => run(target.relay, `queue-${++queues}`));
        }
      });
    }
  });
}
