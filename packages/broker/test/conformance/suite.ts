import { afterAll, beforeAll, describe, test } from '@jest/globals';
import type { Broker } from '../../src/index.ts';
import { accepting } from './behaviours/accepting.ts';
import { limiting } from './behaviours/limiting.ts';
import { operating } from './behaviours/operating.ts';
import { reading } from './behaviours/reading.ts';
import { waiting } from './behaviours/waiting.ts';
import { working } from './behaviours/working.ts';
import { type Helpers, Target } from './target.ts';

/** One thing that holds on every Redis that Relay supports, in whatever way it is run. */
export interface Behaviour {
  /** Reads as a sentence. */
  readonly name: string;
  readonly run: (broker: Broker, helpers: Helpers) => Promise<void>;
}

/** What makes a Redis one that Relay works on: the whole life of a job, by real time, in production scripts. */
export const BEHAVIOURS: readonly Behaviour[] = [
  ...accepting,
  ...working,
  ...operating,
  ...limiting,
  ...reading,
  ...waiting,
];

/** One behaviour on a queue of its own, with the state check after it. */
export async function runBehaviour(target: Target, behaviour: Behaviour): Promise<void> {
  const helpers = target.helpers();
  await behaviour.run(target.broker, helpers);
  await target.assertConsistent(helpers.queue);
}

/** Runs every behaviour against the server that `start` names by URL; `stop` ends what it has started. */
export function conformance(
  name: string,
  start: () => Promise<string>,
  stop: () => Promise<void> = async () => undefined,
): () => Target {
  let target: Target | undefined;
  const running = (): Target => {
    if (target === undefined) throw new Error('the target starts with the first test');
    return target;
  };
  describe(name, () => {
    beforeAll(async () => {
      target = new Target(await start());
    });
    afterAll(async () => {
      await target?.[Symbol.asyncDispose]();
      await stop();
    });
    test.each(BEHAVIOURS.map((behaviour) => [behaviour.name, behaviour] as const))(
      '%s',
      async (_, behaviour) => runBehaviour(running(), behaviour),
    );
  });
  return running;
}
