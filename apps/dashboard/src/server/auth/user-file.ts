import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { messageOf, StartError } from '@relay/service-kit/config';
import { z } from 'zod';
import { isPasswordHash } from './password.ts';

/** What a user may be: the roles of keys that people have a use for. */
export const USER_ROLES = ['viewer', 'operator', 'admin'] as const;
export type UserRole = (typeof USER_ROLES)[number];

/** One user, as the file keeps it: the password itself is nowhere. */
export const user = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/,
      'must be 1–64 letters, digits, dots, dashes, underscores or @ and begin with a letter or digit',
    ),
  role: z.enum(USER_ROLES, { error: `must be ${USER_ROLES.join(', ')}` }),
  password: z.string().refine(isPasswordHash, 'must be a hash made by `npm run user`'),
  createdAt: z.exactOptional(z.iso.datetime({ offset: true })),
  /** Of their sessions: another one ends all that there are, in every replica that reads the file. */
  generation: z.exactOptional(z.int().min(1)),
});
export type User = z.infer<typeof user>;

/** What a user's sessions are sealed with: they end as soon as it is another. */
export function sealedBy({ password, generation }: User): string {
  return generation === undefined ? password : `${password} ${generation}`;
}

const userFile = z
  .strictObject({ users: z.array(user).max(10_000) })
  .refine(({ users }) => new Set(users.map(({ name }) => name)).size === users.length, {
    error: 'has two users of the same name',
    path: ['users'],
  });

/**
 * Reads a file of users.
 *
 * @throws {StartError} when it is missing, no JSON, or not a file of users. The message shows none of
 * its content.
 */
export function readUserFile(path: string): User[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`Users cannot be read from ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return parseUsers(text, path);
}

/**
 * Reads the content of a file of users.
 *
 * @param source where it comes from, for the message
 * @throws {StartError} when it is no JSON, or not users. The message shows none of it.
 */
export function parseUsers(text: string, source: string): User[] {
  const parsed = userFile.safeParse(parseJson(text, source));
  if (parsed.success) return parsed.data.users;
  const issues = parsed.error.issues.map((one) => `${one.path.join('.')} ${describe(one)}`);
  throw new StartError(`Users in ${source} are not valid: ${issues.slice(0, 5).join('; ')}`);
}

/** Without the names of unknown fields: somebody may have put a password in place of one. */
function describe(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys' ? 'has a field that is not known' : issue.message;
}

/** Writes a file of users in one step, readable by its owner alone. */
export async function writeUserFile(path: string, users: readonly User[]): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify({ users }, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and with it perhaps a hash.
    throw new StartError(`Users in ${source} are not valid: this is not JSON`);
  }
}
