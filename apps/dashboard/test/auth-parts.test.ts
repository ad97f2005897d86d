import { scryptSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LoginLimits } from '../src/server/auth/login-limits.ts';
import { hashPassword, isPasswordHash, verifyPassword } from '../src/server/auth/password.ts';
import { Sessions } from '../src/server/auth/sessions.ts';
import { readUserFile, sealedBy } from '../src/server/auth/user-file.ts';
import { runUsersCommand } from '../src/server/auth/users-command.ts';
import { safeNext } from '../src/server/safe-next.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'relay-users-'));
});

afterAll(() => rm(dir, { recursive: true }));

describe('a password', () => {
  it('is checked against what its hash says, in one form of its letters', async () => {
    const hash = await hashPassword('grüße, 12 mal');
    expect(hash).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(await verifyPassword('grüße, 12 mal'.normalize('NFD'), hash)).toBe(true);
    expect(await verifyPassword('grüße, 12 mal ', hash)).toBe(false);
    const salt = Buffer.alloc(16, 7);
    const cheap = `scrypt$2$1$1$${salt.toString('base64url')}$${scryptSync('x', salt, 32, { N: 2, r: 1, p: 1 }).toString('base64url')}`;
    expect(await verifyPassword('x', cheap)).toBe(true);
    expect(await verifyPassword('x', undefined)).toBe(false);
  });

  it.each([
    '',
    'plain',
    'scrypt$32769$8$3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'scrypt$4194304$8$3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'scrypt$32768$8$0$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'scrypt$32768$8$3$AAAA$AAAA',
  ])('has no hash like %j', (text) => {
    expect(isPasswordHash(text)).toBe(false);
  });
});

describe('a session', () => {
  const HOUR = 3_600_000;
  let now: number;
  const passwords = new Map<string, string>();
  const make = (secrets: readonly [string, ...string[]] = ['s1']) =>
    new Sessions({
      secrets,
      idleMs: HOUR,
      longestMs: 4 * HOUR,
      sealedBy: (name) => passwords.get(name),
      now: () => now,
    });

  it('lasts while it is used, and no longer than it may', () => {
    now = 1_000;
    passwords.set('ann', 'hash');
    const sessions = make();
    let token = sessions.begin('ann', 'hash');
    expect(sessions.read(token)).toMatchObject({ name: 'ann', old: false });
    now += HOUR / 2 + 1;
    expect(sessions.read(token)?.old).toBe(true);
    const { id } = sessions.read(token)!;
    for (let n = 0; n < 6; n++) {
      token = sessions.renew(token)!;
      expect(sessions.read(token)?.id).toBe(id);
      now += HOUR / 2 + 1;
    }
    token = sessions.renew(token)!;
    now = 1_000 + 4 * HOUR - 1;
    expect(sessions.read(token)).toMatchObject({ name: 'ann', old: false });
    now += 1;
    expect(sessions.read(token)).toBeUndefined();
    expect(sessions.renew(token)).toBeUndefined();
    const idle = sessions.begin('ann', 'hash');
    now += HOUR;
    expect(sessions.read(idle)).toBeUndefined();
  });

  it('ends with a logout in all its tokens, with another password and with its user', () => {
    now = 1_000;
    passwords.set('ann', 'hash');
    const sessions = make();
    const token = sessions.begin('ann', 'hash');
    const twin = sessions.renew(token)!;
    const other = sessions.begin('ann', 'hash');
    sessions.end(token);
    expect([token, twin, other].map((one) => sessions.read(one)?.name)).toEqual([
      undefined,
      undefined,
      'ann',
    ]);
    passwords.set('ann', 'another');
    expect(sessions.read(other)).toBeUndefined();
    const third = sessions.begin('ann', 'another');
    passwords.delete('ann');
    expect(sessions.read(third)).toBeUndefined();
  });

  it('is nobody’s whose token was changed, anywhere, or signed by somebody else', () => {
    now = 1_000;
    passwords.set('ann', 'hash');
    passwords.set('adm', 'hash');
    const sessions = make();
    const token = sessions.begin('ann', 'hash');
    for (let at = 0; at < token.length; at++) {
      const wrong = token[at] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, at) + wrong + token.slice(at + 1);
      // The last letter of base64url carries bits that mean nothing.
      if (at !== token.length - 1) expect(sessions.read(changed)).toBeUndefined();
    }
    const [body = '', mac = ''] = token.split('.');
    const forged = Buffer.from(
      Buffer.from(body, 'base64url').toString().replace('"ann"', '"adm"'),
    ).toString('base64url');
    for (const bad of [`${forged}.${mac}`, `${body}.`, body, '', '.', `${token}.${mac}`]) {
      expect(sessions.read(bad)).toBeUndefined();
    }
    expect(make(['s2']).read(token)).toBeUndefined();
    // A secret that was replaced is still good for what it signed.
    expect(make(['s2', 's1']).read(token)?.name).toBe('ann');
  });
});

describe('logins', () => {
  it('are slowed down by name and address, and others hardly', () => {
    let now = 0;
    const limits = new LoginLimits(() => now);
    for (let n = 0; n < 5; n++) expect(limits.attempt('ann', '::1')).toBeUndefined();
    expect(limits.attempt('ann', '::1')).toBe(15_000);
    expect(limits.attempt('ann', '::2')).toBeUndefined();
    expect(limits.attempt('bob', '::1')).toBeUndefined();
    now += 15_000;
    expect(limits.attempt('ann', '::1')).toBeUndefined();
    expect(limits.attempt('ann', '::1')).toBeGreaterThan(0);
    limits.succeeded('ann', '::1');
    for (let n = 0; n < 5; n++) expect(limits.attempt('ann', '::1')).toBeUndefined();
  });

  it('are slowed down for an address that tries many names, and for a name from many addresses', () => {
    const one = new LoginLimits(() => 0);
    const tried = Array.from({ length: 40 }, (_, n) => one.attempt(`user${n}`, '::1'));
    expect(tried.filter((wait) => wait === undefined)).toHaveLength(30);
    const many = new LoginLimits(() => 0);
    const from = Array.from({ length: 80 }, (_, n) => many.attempt('ann', `10.0.0.${n}`));
    expect(from.filter((wait) => wait === undefined)).toHaveLength(60);
  });

  it('remember no more than ten thousand of each', () => {
    const limits = new LoginLimits(() => 0);
    for (let n = 0; n < 12_000; n++) limits.attempt(`user${n}`, `address${n}`);
    expect(limits.size).toBeLessThanOrEqual(30_000);
  });
});

describe('where a login leads', () => {
  it.each([
    ['/queues/a?tab=x#y', '/queues/a?tab=x#y'],
    [undefined, '/'],
    ['', '/'],
    ['queues', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/.//evil.example', '/'],
    ['/a/..//evil.example', '/'],
    ['/%2f%2fevil.example', '/%2f%2fevil.example'],
    ['/login?next=/login', '/'],
    ['/api/session', '/'],
  ])('%j leads to %s', (text, target) => {
    expect(safeNext(text)).toBe(target);
  });
});

describe('npm run user', () => {
  const run = async (args: string[], password = 'correct horse') => {
    const out: string[] = [];
    const err: string[] = [];
    const code = await runUsersCommand(args, {
      env: { RELAY_USERS_FILE: join(dir, 'users.json') },
      out: (line) => out.push(line),
      err: (line) => err.push(line),
      password: async () => password,
    });
    return { code, out: out.join('\n'), err: err.join('\n') };
  };

  it('creates, lists, changes and removes, and keeps hashes only', async () => {
    expect((await run(['create', '--name', 'ann', '--role', 'admin'])).code).toBe(0);
    expect((await run(['create', '--name', 'bob', '--role', 'viewer'])).code).toBe(0);
    expect((await run(['create', '--name', 'ann', '--role', 'viewer'])).err).toContain('already');
    const file = join(dir, 'users.json');
    const before = await readFile(file, 'utf8');
    expect(before).not.toContain('horse');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await run(['passwd', '--name', 'ann'], 'another one')).code).toBe(0);
    expect(await readFile(file, 'utf8')).not.toBe(before);
    expect((await run(['role', '--name', 'bob', '--role', 'operator'])).code).toBe(0);
    const [ann] = readUserFile(file);
    expect((await run(['logout', '--name', 'ann'])).code).toBe(0);
    expect((await run(['logout', '--name', 'ann'])).code).toBe(0);
    const [later] = readUserFile(file);
    expect(later).toEqual({ ...ann, generation: 2 });
    expect(new Set([ann!, later!].map(sealedBy)).size).toBe(2);
    expect((await run(['list'])).out).toMatch(/^ann\tadmin\t\S+\nbob\toperator\t\S+$/);
    expect((await run(['remove', '--name', 'bob'])).code).toBe(0);
    expect((await run(['remove', '--name', 'bob'])).code).toBe(1);
  });

  it('says what is wrong with a use, and with a file', async () => {
    expect((await run([])).code).toBe(2);
    expect((await run(['create', '--name', 'a b', '--role', 'king'])).err).toMatch(
      /--name: .*; --role: must be viewer, operator, admin/,
    );
    expect((await run(['create', '--name', 'x', '--role', 'viewer'], 'short')).err).toContain('10');
    expect((await run(['create', '--password', 'x'])).code).toBe(2);
    const bad = join(dir, 'bad.json');
    await writeFile(bad, '{"users":[{"name":"x","role":"viewer","password":"secret word"}]}');
    const { code, err } = await run(['list', '--file', bad]);
    expect([code, err]).toEqual([1, expect.stringContaining('must be a hash')]);
    expect(err).not.toContain('secret word');
  });
});
