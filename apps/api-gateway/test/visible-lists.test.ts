import { beforeAll, describe, expect, it } from '@jest/globals';
import { call, serveTests, slug } from './harness.ts';
import { bearer, testKeys } from './keys.ts';

const { auth, tokens } = testKeys({
  all: { roles: ['admin'] },
  mine: { roles: ['viewer'], queues: ['mine-*'] },
  none: { roles: ['viewer'], queues: ['nothing'] },
});
const { gateway } = await serveTests({ auth });

const MINE = ['mine-1', 'mine-2', 'mine-3', 'mine-4'];
const HIDDEN = Array.from({ length: 450 }, (_, n) => `a-secret-${n}`);

const get = (token: string, path: string) =>
  call(gateway, `GET ${path}`, { headers: bearer(token) });

/** All pages of a list, and all that its cursors may tell. */
async function pages(token: string, path: string, limit: number) {
  const names: string[][] = [];
  const cursors: string[] = [];
  let query = `?limit=${limit}`;
  do {
    const { body } = await get(token, path + query);
    names.push(body.items.map((one: { id?: string; name?: string }) => one.name ?? one.id));
    const { nextCursor } = body;
    query = nextCursor === null ? '' : `?limit=${limit}&cursor=${encodeURIComponent(nextCursor)}`;
    if (nextCursor !== null) {
      cursors.push(nextCursor, Buffer.from(nextCursor, 'base64url').toString());
    }
  } while (query !== '');
  return { names, told: cursors.join(' ') };
}

beforeAll(async () => {
  const { broker } = gateway;
  for (const queue of [...HIDDEN, ...MINE, 'z-secret']) {
    await broker.enqueue(queue, { payload: '1' });
    await broker.schedules.upsert(`s-${queue}`, {
      queue,
      cron: '0 0 1 1 *',
      job: { payload: '1' },
    });
  }
});

describe.each([
  ['/v1/queues', ''],
  ['/v1/schedules', 's-'],
])('a key that covers few queues, at %s', (path, mark) => {
  it.each([1, 2, 3, 4, 200])(
    'gets full pages of %d, and hears of no other queue',
    async (limit) => {
      const { names, told } = await pages(tokens.mine, path, limit);
      expect(names.flat()).toEqual(MINE.map((name) => mark + name));
      expect(names.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      expect(told).not.toContain('secret');
    },
  );

  it('gets one empty page when it sees nothing', async () => {
    expect(await pages(tokens.none, path, 2)).toEqual({ names: [[]], told: '' });
  });

  it('gets all with a key for all', async () => {
    const { names } = await pages(tokens.all, path, 100);
    expect(names.flat().toSorted()).toEqual(
      [...HIDDEN, ...MINE, 'z-secret'].map((name) => mark + name).toSorted(),
    );
  });
});

describe('a cursor of a list by name', () => {
  it('that is forged, or of another list, is refused', async () => {
    const { body } = await get(tokens.all, '/v1/schedules?limit=1');
    for (const cursor of ['abc', 'a-secret-1', '%00', encodeURIComponent(body.nextCursor)]) {
      expect(slug(await get(tokens.all, `/v1/queues?cursor=${cursor}`))).toBe('malformed');
    }
  });
});
