import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Directory } from '../src/directory.ts';
import { nextRollUp } from '../src/loops/roll-up.ts';
import { Shares } from '../src/shares.ts';

const NAMES = Array.from({ length: 10_000 }, (_, i) => `queue-${i}`);
const ids = (n: number) => Array.from({ length: n }, (_, i) => `reaper-promoter.${i}`);

function owners(members: readonly string[]): Map<string, string> {
  const shares = new Shares(members[0]!);
  shares.update(members);
  return new Map(NAMES.map((name) => [name, shares.ownerOf(name)]));
}

describe('shares', () => {
  test('every replica says the same, and each has about its part', () => {
    const members = ids(5);
    const count = new Map<string, number>();
    const first = owners(members);
    for (const owner of first.values()) count.set(owner, (count.get(owner) ?? 0) + 1);
    expect(owners(members.toReversed())).toEqual(first);
    for (const id of members) {
      expect(count.get(id)).toBeGreaterThan(1_800);
      expect(count.get(id)).toBeLessThan(2_200);
    }
  });

  test('who joins takes only for itself; who leaves moves only its own', () => {
    const before = owners(ids(5));
    const after = owners(ids(6));
    let moved = 0;
    for (const [name, owner] of before) {
      if (after.get(name) === owner) continue;
      expect(after.get(name)).toBe('reaper-promoter.5');
      moved += 1;
    }
    expect(moved).toBeGreaterThan(1_400);
    expect(moved).toBeLessThan(1_950);
  });

  test('one that is alone has all, and never takes itself for dead', () => {
    const shares = new Shares('a');
    expect(NAMES.every((name) => shares.owns(name))).toBe(true);
    shares.update(['b']);
    expect(shares.members).toEqual(['a', 'b']);
  });
});

describe('the directory', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  function setUp(names: string[]) {
    const shares = new Shares('a');
    const directory = new Directory(async () => ({ items: names, nextCursor: null }), shares);
    const events: string[] = [];
    directory.listen({
      taken: (name) => events.push(`+${name}`),
      left: (name) => events.push(`-${name}`),
    });
    return { shares, directory, events };
  }

  test('tells what is taken over and what has left, as members come and go', async () => {
    const { shares, directory, events } = setUp(NAMES.slice(0, 100));
    await directory.refresh();
    expect(events).toHaveLength(100);
    events.length = 0;
    shares.update(['b']);
    const left = events.splice(0);
    expect(left.length).toBeGreaterThan(20);
    expect(left.length).toBeLessThan(80);
    expect(directory.owned).toBe(100 - left.length);
    expect(left.every((event) => event.startsWith('-') && !directory.owns(event.slice(1)))).toBe(
      true,
    );
    shares.update([]);
    expect(events.map((event) => event.slice(1)).toSorted()).toEqual(
      left.map((event) => event.slice(1)).toSorted(),
    );
  });

  test('a name goes once it is neither in the registry nor was heard of since that was read', async () => {
    const names = ['q1', 'q2'];
    const { directory, events } = setUp(names);
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const refresh = async () => {
      now += 60_000;
      await directory.refresh();
      return events.splice(0);
    };
    expect(await refresh()).toEqual(['+q1', '+q2']);
    names.splice(0, 2, 'q2');
    directory.add('heard');
    directory.add('q1');
    expect(events.splice(0)).toEqual(['+heard']);
    expect(await refresh()).toEqual([]);
    directory.add('q1');
    expect(await refresh()).toEqual(['-heard']);
    expect(await refresh()).toEqual(['-q1']);
    expect(directory.owned).toBe(1);
  });

  test('a walk gives each name once in a round, also what came meanwhile', async () => {
    const { directory } = setUp(['q1', 'q2', 'q3']);
    await directory.refresh();
    const walk = directory.walk();
    expect(walk.take(2)).toEqual(['q1', 'q2']);
    directory.add('q4');
    expect(walk.take(10)).toEqual(['q3', 'q4', 'q1', 'q2']);
    expect(setUp([]).directory.walk().take(5)).toEqual([]);
  });
});

test('the totals of a queue are noted once a minute, towards its end', () => {
  const at = nextRollUp('q', 1_900_000_000_000);
  expect(at % 60_000).toBeGreaterThanOrEqual(50_000);
  expect(at % 60_000).toBeLessThan(58_000);
  expect(nextRollUp('q', at)).toBe(at + 60_000);
  expect(nextRollUp('q', at - 1)).toBe(at);
});
