import { existsSync } from 'node:fs';
import { KeyFileError, KeyInputError } from './errors.ts';
import { type ApiKey, apiKey, newSecret, readKeyFile, writeKeyFile } from './key-file.ts';

/** A key that was made, and its token, which is kept nowhere. */
export interface NewKey {
  readonly token: string;
  readonly key: ApiKey;
}

export interface KeyInput {
  readonly name: string;
  readonly roles: readonly string[];
  /** Patterns. Defaults to all queues. */
  readonly queues?: readonly string[] | undefined;
  /** RFC 3339. Defaults to never. */
  readonly expiresAt?: string | undefined;
}

/** Adds a key to a file, which is made if it is missing. @throws {KeyInputError | KeyFileError} */
export async function createKey(
  file: string,
  { name, roles, queues, expiresAt }: KeyInput,
): Promise<NewKey> {
  const { id, token, sha256 } = newSecret();
  const checked = apiKey.safeParse({
    id,
    name,
    sha256,
    roles,
    ...(queues === undefined ? {} : { queues }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    createdAt: new Date().toISOString(),
  });
  if (!checked.success) {
    const issues = checked.error.issues.map((one) => `--${flagOf(one.path[0])}: ${one.message}`);
    throw new KeyInputError(issues.join('; '));
  }
  const keys = existsSync(file) ? await readKeyFile(file) : [];
  await writeKeyFile(file, [...keys, checked.data]);
  return { token, key: checked.data };
}

/** Takes a key out of a file. @throws {KeyFileError} */
export async function revokeKey(file: string, id: string): Promise<ApiKey> {
  const keys = await readKeyFile(file);
  const revoked = find(keys, id);
  await writeKeyFile(
    file,
    keys.filter((key) => key.id !== id),
  );
  return revoked;
}

/**
 * Replaces a key. The new one has a new id, so that both are valid for `keepMs` while the clients change over.
 *
 * @throws {KeyFileError}
 */
export async function rotateKey(file: string, id: string, keepMs = 0): Promise<NewKey> {
  const keys = await readKeyFile(file);
  const old = find(keys, id);
  const { id: newId, token, sha256 } = newSecret();
  const fresh: ApiKey = { ...old, id: newId, sha256, createdAt: new Date().toISOString() };
  const end = Date.now() + keepMs;
  const ending: ApiKey = {
    ...old,
    expiresAt: new Date(
      old.expiresAt === undefined ? end : Math.min(end, Date.parse(old.expiresAt)),
    ).toISOString(),
  };
  const others = keys.filter((key) => key.id !== old.id);
  await writeKeyFile(file, keepMs > 0 ? [...others, ending, fresh] : [...others, fresh]);
  return { token, key: fresh };
}

function find(keys: readonly ApiKey[], id: string): ApiKey {
  const key = keys.find((one) => one.id === id);
  if (key === undefined) throw new KeyFileError(`there is no key ${id}`);
  return key;
}

function flagOf(field: PropertyKey | undefined): string {
  const flags: Readonly<Record<string, string>> = {
    roles: 'role',
    queues: 'queue',
    expiresAt: 'expires',
  };
  const name = String(field);
  return flags[name] ?? name;
}
