import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NonRetryableError } from '@relay/consumer';
import { listDocuments } from '../src/documents.ts';
import handlersOfRepository, { createHandlers, type DemoJob } from '../src/handlers.ts';

const TEXT = 'The lease is held.\nThe lease ends.\nÜber the Lease: 3 lines';
const never = { signal: new AbortController().signal };

let dir = '';
let folder = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'relay-demo-'));
  folder = join(dir, 'documents');
  await mkdir(join(folder, 'sub'), { recursive: true });
  await mkdir(join(folder, 'node_modules'));
  await writeFile(join(folder, 'lease.md'), TEXT);
  await writeFile(join(folder, 'sub', 'empty.txt'), '');
  await writeFile(join(folder, 'node_modules', 'theirs.md'), 'no');
  await writeFile(join(folder, 'picture.png'), 'no');
  await writeFile(join(folder, '.hidden.md'), 'no');
  await writeFile(join(folder, 'large.md'), 'x'.repeat(600_000));
  await writeFile(join(dir, 'secret.md'), 'secret');
  await symlink(join(dir, 'secret.md'), join(folder, 'link.md'));
});

afterAll(async () => {
  await rm(dir, { recursive: true });
});

function job(payload: unknown, fields: Partial<DemoJob> = {}): DemoJob {
  return { payload, attempt: 1, crashes: 0, ...fields };
}

describe('index-document', () => {
  test('counts the words of a document and gives the checksum of its bytes', async () => {
    const handlers = createHandlers(folder);
    expect(await handlers['index-document'](job({ path: 'lease.md' }), never)).toEqual({
      path: 'lease.md',
      bytes: Buffer.byteLength(TEXT),
      words: 12,
      distinct: 8,
      checksum: createHash('sha256').update(TEXT).digest('hex'),
      top: [
        ['lease', 3],
        ['the', 3],
        ['3', 1],
        ['ends', 1],
        ['held', 1],
      ],
    });
  });

  test('gives the same result for the same job, in another process or at another time', async () => {
    const payload = { path: 'lease.md', part: 1, parts: 3 };
    const once = await createHandlers(folder)['index-document'](job(payload), never);
    const again = await createHandlers(folder)['index-document'](
      job(payload, { attempt: 7, crashes: 3 }),
      never,
    );
    expect(again).toEqual(once);
  });

  test('the parts of a document hold all of its words, and none twice', async () => {
    const handlers = createHandlers(folder);
    const parts = await Promise.all(
      [0, 1, 2, 3].map((part) =>
        handlers['index-document'](job({ path: 'lease.md', part, parts: 4 }), never),
      ),
    );
    expect(parts.reduce((sum, { words }) => sum + words, 0)).toBe(12);
  });

  test('an empty document has no words', async () => {
    const index = await createHandlers(folder)['index-document'](
      job({ path: 'sub/empty.txt' }),
      never,
    );
    expect(index).toMatchObject({ bytes: 0, words: 0, distinct: 0, top: [] });
  });

  test.each(['../secret.md', 'sub/../../secret.md', '/etc/passwd', 'link.md'])(
    'a path out of the folder is refused for good: %s',
    async (path) => {
      await expect(createHandlers(folder)['index-document'](job({ path }), never)).rejects.toThrow(
        NonRetryableError,
      );
    },
  );

  test.each([
    null,
    {},
    { path: '' },
    { path: 7 },
    { path: 'lease.md', part: 2, parts: 2 },
    { path: 'lease.md', more: 1 },
  ])('a payload that is none of ours is refused for good: %j', async (payload) => {
    await expect(createHandlers(folder)['index-document'](job(payload), never)).rejects.toThrow(
      NonRetryableError,
    );
  });

  test('a missing document is an ordinary failure: it may be there at the next attempt', async () => {
    const run = createHandlers(folder)['index-document'](job({ path: 'missing.md' }), never);
    await expect(run).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a job that holds its slot ends when its signal is aborted', async () => {
    const stop = new AbortController();
    const run = createHandlers(folder)['index-document'](
      job({ path: 'lease.md', holdMs: 60_000 }),
      { signal: stop.signal },
    );
    stop.abort();
    await expect(run).rejects.toThrow('aborted');
  });
});

describe('documents that fail', () => {
  test('a flaky one fails as often as it says, then succeeds; a crash is no attempt', async () => {
    const flaky = createHandlers(folder)['flaky-document'];
    const payload = { path: 'lease.md', failures: 2 };
    await expect(flaky(job(payload, { attempt: 1 }), never)).rejects.toThrow('on purpose');
    await expect(flaky(job(payload, { attempt: 3, crashes: 1 }), never)).rejects.toThrow(
      'on purpose',
    );
    expect(await flaky(job(payload, { attempt: 3 }), never)).toMatchObject({ words: 12 });
  });

  test('a broken one always fails', async () => {
    const broken = createHandlers(folder)['broken-document'];
    const run = broken(job({ path: 'lease.md' }, { attempt: 900 }), never);
    await expect(run).rejects.toThrow('on purpose');
  });
});

test('a worker gets one handler for each job type of the generator, for this repository', async () => {
  expect(Object.keys(handlersOfRepository)).toEqual([
    'index-document',
    'flaky-document',
    'broken-document',
  ]);
  const index = handlersOfRepository['index-document'];
  expect(await index(job({ path: 'LICENSE' }), never)).toMatchObject({ path: 'LICENSE' });
});

test('the documents of a folder are its text files, sorted, without links, hidden and large ones', () => {
  expect(listDocuments(folder)).toEqual(['lease.md', 'sub/empty.txt']);
});
