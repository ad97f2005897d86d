import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** What a guess costs. Kept with each hash, so that it can be raised without asking anybody. */
interface Cost {
  /** CPU and memory: a power of two. */
  readonly N: number;
  /** Size of a block; N·r·128 bytes are needed. */
  readonly r: number;
  /** How many times over. */
  readonly p: number;
}

/** 32 MiB, three times over: what OWASP asks for. About 0.2 s. */
const COST: Cost = { N: 2 ** 15, r: 8, p: 3 };
/** A file that asks for more would stop the process rather than a guesser. */
const MOST: Cost = { N: 2 ** 18, r: 16, p: 16 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const FORM =
  /^scrypt\$(?<N>\d{1,7})\$(?<r>\d{1,2})\$(?<p>\d{1,2})\$(?<salt>[A-Za-z0-9_-]{22})\$(?<hash>[A-Za-z0-9_-]{43})$/;

export const PASSWORD_LENGTH = { least: 10, most: 1_024 } as const;

type Derive = (
  password: string,
  salt: Buffer,
  length: number,
  options: Cost & { readonly maxmem: number },
) => Promise<Buffer>;
const derive: Derive = promisify<string, Buffer, number, Cost & { maxmem: number }, Buffer>(scrypt);

/** A hash with all that is needed to check against it: `scrypt$N$r$p$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await stretch(password, salt, COST);
  const { N, r, p } = COST;
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Whether a text is a hash that {@link verifyPassword} can use. */
export function isPasswordHash(text: string): boolean {
  return parse(text) !== undefined;
}

/**
 * Whether the password is the one that was hashed. Takes as long for a user that doesn't exist
 * (undefined), so that names cannot be told apart.
 */
export async function verifyPassword(
  password: string,
  stored: string | undefined,
): Promise<boolean> {
  const known = stored === undefined ? undefined : parse(stored);
  const { salt, hash, cost } = known ?? NOBODY;
  const made = await stretch(password, salt, cost);
  return timingSafeEqual(made, hash) && known !== undefined;
}

interface Parsed {
  readonly cost: Cost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const NOBODY: Parsed = {
  cost: COST,
  salt: randomBytes(SALT_BYTES),
  hash: randomBytes(HASH_BYTES),
};

function parse(text: string): Parsed | undefined {
  const { N, r, p, salt = '', hash = '' } = FORM.exec(text)?.groups ?? {};
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const fits =
    Number.isInteger(Math.log2(cost.N)) &&
    cost.N >= 2 &&
    (['N', 'r', 'p'] as const).every((part) => cost[part] >= 1 && cost[part] <= MOST[part]);
  if (!fits) return undefined;
  return { cost, salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') };
}

/** The same letters may be written in several ways (é as one sign or as two): one form counts. */
function stretch(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  const maxmem = 2 ** 20 + 256 * cost.N * cost.r;
  return derive(password.normalize('NFKC'), salt, HASH_BYTES, { ...cost, maxmem });
}
