import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createKey,
  hashSecret,
  KeyFileError,
  KeyInputError,
  newSecret,
  parseToken,
  readKeyFile,
  revokeKey,
  rotateKey,
} from '../src/index.ts';

let directory: string;
let files = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'relay-keys-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

function newFile(): string {
  files += 1;
  return join(directory, `keys-${files}.json`);
}

describe('a secret', () => {
  it('has 256 random bits, and a token that reads back', () => {
    const { id, token, sha256 } = newSecret();
    const parts = parseToken(token)!;
    expect(parts.id).toBe(id);
    expect(Buffer.from(parts.secret, 'base64url')).toHaveLength(32);
    expect(hashSecret(parts.secret).toString('hex')).toBe(sha256);
    expect(newSecret().token).not.toBe(token);
  });

  it.each([
    '',
    'rk_abcd',
    'rk_abcd_short',
    `sk_abcd_${'a'.repeat(43)}`,
    `rk_a-b_${'a'.repeat(43)}`,
  ])('is not read out of %j', (text) => {
    expect(parseToken(text)).toBeUndefined();
  });
});

describe('a file of keys', () => {
  it('is made with the first key, keeps no secret, and is its owner’s alone', async () => {
    const file = newFile();
    const { token, key } = await createKey(file, { name: 'ci', roles: ['producer'] });
    expect(await readKeyFile(file)).toEqual([key]);
    expect(await readFile(file, 'utf8')).not.toContain(parseToken(token)!.secret);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('loses the key that is revoked, and no other', async () => {
    const file = newFile();
    const first = await createKey(file, { name: 'a', roles: ['viewer'] });
    const second = await createKey(file, { name: 'b', roles: ['admin'], queues: ['mail', 'a.*'] });
    await revokeKey(file, first.key.id);
    expect(await readKeyFile(file)).toEqual([second.key]);
    await expect(revokeKey(file, first.key.id)).rejects.toThrow(KeyFileError);
  });

  it('has both keys while one replaces the other', async () => {
    const file = newFile();
    const { key: old } = await createKey(file, { name: 'a', roles: ['worker'] });
    const { key: fresh, token } = await rotateKey(file, old.id, 60_000);
    const [kept, added] = await readKeyFile(file);
    expect(kept).toMatchObject({ id: old.id, sha256: old.sha256 });
    expect(Date.parse(kept!.expiresAt!)).toBeGreaterThan(Date.now());
    expect(added).toEqual(fresh);
    expect(fresh).toMatchObject({ name: 'a', roles: ['worker'] });
    expect(parseToken(token)!.id).toBe(fresh.id);
    expect(fresh.id).not.toBe(old.id);
  });

  it('never lives longer by being replaced', async () => {
    const file = newFile();
    const expiresAt = '2020-01-01T00:00:00.000Z';
    const { key } = await createKey(file, { name: 'a', roles: ['worker'], expiresAt });
    await rotateKey(file, key.id, 60_000);
    expect((await readKeyFile(file))[0]).toMatchObject({ id: key.id, expiresAt });
  });

  it.each([
    ['no name', { name: '', roles: ['viewer'] }, '--name'],
    ['no role', { name: 'a', roles: [] }, '--role'],
    ['a role that there is not', { name: 'a', roles: ['root'] }, '--role'],
    ['a star in the middle', { name: 'a', roles: ['viewer'], queues: ['a*b'] }, '--queue'],
    ['a time that is none', { name: 'a', roles: ['viewer'], expiresAt: 'soon' }, '--expires'],
  ])('takes no key with %s', async (_, input, flag) => {
    const file = newFile();
    const refused = createKey(file, input);
    await expect(refused).rejects.toThrow(KeyInputError);
    await expect(refused).rejects.toThrow(flag);
    await expect(readKeyFile(file)).rejects.toThrow('there is no such file');
  });

  it.each(['', '[]', '{"keys":[{"id":"abcd"}]}', '{"keys":[],"rk_abcd_secret":1}'])(
    'is refused as %j, without being quoted',
    async (text) => {
      const file = newFile();
      await writeFile(file, text);
      const error: unknown = await readKeyFile(file).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(KeyFileError);
      expect((error as Error).message).not.toMatch(/rk_abcd/);
    },
  );
});
