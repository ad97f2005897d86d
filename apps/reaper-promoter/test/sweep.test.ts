import { afterEach, expect, test } from '@jest/globals';
import { createLogger } from '@relay/service-kit';
import { until } from '@relay/testkit';
import { Directory } from '../src/directory.ts';
import { Shares } from '../src/shares.ts';
import { Sweep } from '../src/sweep.ts';

const stop: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const one of stop.splice(0)) await one();
});

/** A sweep every 10 ms over this many queues, of which nothing is known. */
function setUp(count: number) {
  const queues = Array.from({ length: count }, (_, n) => `queue-${n}`);
  const directory = new Directory(
    async () => ({ items: queues, nextCursor: null }),
    new Shares('a'),
  );
  const pages: (readonly string[])[] = [];
  const turns: string[] = [];
  const sweep = new Sweep({
    broker: {
      heads: async (names) => {
        pages.push(names);
        return names.map((queue) => ({ queue, dueAt: null, enqueued: 0 }));
      },
    },
    directory,
    observer: { round: () => undefined, crashed: () => undefined },
    logger: createLogger({ name: 'test', version: '0', level: 'silent' }),
    sweepMs: 10,
    onDue: () => undefined,
    onChanged: () => undefined,
    onTurn: (queue) => turns.push(queue),
  });
  const abort = new AbortController();
  const ended = sweep.run(abort.signal);
  stop.push(async () => {
    abort.abort();
    await ended;
  });
  return { queues, pages, turns };
}

test('the due times of queues that were taken over are read at once, then all of them at each sweep', async () => {
  const { queues, pages } = setUp(90);
  await until(() => pages.length >= 5, { what: 'five sweeps' });
  // A walk goes on where it ended.
  expect(pages.map((page) => page.toSorted())).toEqual(pages.map(() => queues.toSorted()));
});

test('of thousands of queues each sweep reads more, and none is left out', async () => {
  const { queues, pages } = setUp(6_000);
  await until(() => pages.length >= 33, { what: 'three sweeps', deadlineMs: 20_000 });
  expect(pages.slice(0, 30).flat()).toEqual(queues);
  expect(pages.slice(30, 33).flat()).toEqual(queues.slice(0, 510));
  expect(pages.slice(30, 33).map((page) => page.length)).toEqual([170, 170, 170]);
});

test('turns begin many at once, in the order of the walk', async () => {
  const { queues, turns } = setUp(900);
  await until(() => turns.length > 0, { what: 'the first turns', deadlineMs: 20_000 });
  expect(turns).toEqual(queues.slice(0, 16));
});
