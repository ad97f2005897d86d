import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { NAME_PATTERN, role } from '@relay/contract';
import { z } from 'zod';
import { KeyFileError } from './errors.ts';

/** `emails`, or `tenant-7.*`: a name, or a prefix with one star at its end; `*` alone is every queue. */
const queuePattern = z
  .string()
  .refine(
    (text) => text === '*' || NAME_PATTERN.test(text.endsWith('*') ? text.slice(0, -1) : text),
    'must be a name, or the beginning of one with a star at its end',
  );

/** One key, as the file keeps it: the secret itself is nowhere. */
export const apiKey = z.strictObject({
  /** The public part: `rk_<id>_<secret>`. */
  id: z.string().regex(/^[A-Za-z0-9]{4,32}$/, 'must be 4–32 letters or digits'),
  name: z.string().min(1).max(200),
  /** SHA-256 of the secret, in hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
  roles: z.array(role).min(1),
  /** Which queues it may see and use. Defaults to all. */
  queues: z.exactOptional(z.array(queuePattern).min(1)),
  expiresAt: z.exactOptional(z.iso.datetime({ offset: true })),
  createdAt: z.exactOptional(z.iso.datetime({ offset: true })),
});
export type ApiKey = z.infer<typeof apiKey>;

const keyFile = z
  .strictObject({ keys: z.array(apiKey) })
  .refine(({ keys }) => new Set(keys.map(({ id }) => id)).size === keys.length, {
    error: 'has two keys with the same id',
    path: ['keys'],
  });

/** What a new key is told; the secret is in `token` and is not kept. */
export interface NewSecret {
  readonly id: string;
  readonly token: string;
  readonly sha256: string;
}

/** Makes a key's id and a secret of 256 random bits. */
export function newSecret(): NewSecret {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return { id, token: `rk_${id}_${secret}`, sha256: hashSecret(secret).toString('hex') };
}

/** A random secret of 256 bits needs no slow hash: there is nothing to guess. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Splits `rk_<id>_<secret>`; undefined for anything else. */
export function parseToken(token: string): { id: string; secret: string } | undefined {
  const match = /^rk_([A-Za-z0-9]{4,32})_([A-Za-z0-9_-]{43})$/.exec(token);
  return match?.[1] === undefined || match[2] === undefined
    ? undefined
    : { id: match[1], secret: match[2] };
}

/**
 * Reads a file of keys.
 *
 * @throws {KeyFileError} when it is missing, no JSON, or not a file of keys. The message shows none of
 * its content.
 */
export async function readKeyFile(path: string): Promise<ApiKey[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : message;
    throw new KeyFileError(`API keys cannot be read from ${path}: ${why}`, { cause: error });
  }
  return parseKeys(text, path);
}

/**
 * Reads the content of a file of keys.
 *
 * @param source Where it comes from, for the message.
 * @throws {KeyFileError} when it is no JSON, or not keys. The message shows none of it.
 */
export function parseKeys(text: string, source: string): ApiKey[] {
  const parsed = keyFile.safeParse(parseJson(text, source));
  if (parsed.success) return parsed.data.keys;
  const issues = parsed.error.issues.map((one) => `${one.path.join('.')} ${describe(one)}`);
  throw new KeyFileError(`API keys in ${source} are not valid: ${issues.slice(0, 5).join('; ')}`);
}

/** Without the names of unknown fields: somebody may have pasted a token in place of one. */
function describe(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys' ? 'has a field that is not known' : issue.message;
}

/** Writes a file of keys in one step, readable by its owner alone. */
export async function writeKeyFile(path: string, keys: readonly ApiKey[]): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the text, and with it perhaps a hash.
    throw new KeyFileError(`API keys in ${source} are not valid: this is not JSON`, {
      cause: error instanceof SyntaxError ? undefined : error,
    });
  }
}
