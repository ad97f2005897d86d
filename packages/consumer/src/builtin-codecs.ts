import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { PayloadCodec } from './codecs.ts';
import { OptionsError } from './errors.ts';

/** Decoded text beyond this is refused: a payload has at most 1 MiB, and some compress a thousandfold. */
const MAX_DECODED_BYTES = 64 * 1_048_576;
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Compresses payloads with gzip, named `gzip`. Worth it from about 1 KiB of repetitive JSON: the
 * result is base64, a third larger than the bytes.
 *
 * @param options.level 1 (fast) … 9 (small). Defaults to 6.
 */
export function gzipCodec({ level = 6 }: { readonly level?: number } = {}): PayloadCodec {
  return {
    name: 'gzip',
    encode: (text) => gzipSync(text, { level }).toString('base64'),
    decode: (text) =>
      gunzipSync(Buffer.from(text, 'base64'), { maxOutputLength: MAX_DECODED_BYTES }).toString(),
  };
}

/** Keys for {@link aesGcmCodec}. */
export interface AesGcmOptions {
  /** Keys of 32 bytes by name (letters, digits, dashes, underscores): the current one and older ones. */
  readonly keys: Readonly<Record<string, Uint8Array>>;
  /** Name of the key that encrypts. Defaults to the last one of `keys`. */
  readonly current?: string;
}

/**
 * Encrypts payloads with AES-256-GCM, named `aes-gcm`. Each payload names its key, so keys rotate
 * without a pause: give the new key to all workers first, then make it `current` for the producers,
 * and take the old one away when no job of it is left, dead letters included.
 *
 * @throws {OptionsError} for a key that is not of 32 bytes, or a `current` that is not among them.
 * @example
 * ```ts
 * const codec = aesGcmCodec({ keys: { '2026-01': oldKey, '2026-06': newKey }, current: '2026-06' });
 * ```
 */
export function aesGcmCodec({ keys, current }: AesGcmOptions): PayloadCodec {
  const byName = new Map(Object.entries(keys));
  for (const [name, key] of byName) {
    if (!KEY_NAME.test(name)) throw new OptionsError(`"${name}" is no name for a key`);
    if (key.length !== KEY_BYTES) {
      throw new OptionsError(`key ${name} has ${key.length} bytes; AES-256 takes ${KEY_BYTES}`);
    }
  }
  const name = current ?? [...byName.keys()].at(-1) ?? '';
  const key = byName.get(name);
  if (key === undefined) throw new OptionsError(`there is no key "${name}" to encrypt with`);
  return {
    name: 'aes-gcm',
    encode: (text) => encrypt(text, name, key),
    decode: (text) => decrypt(text, byName),
  };
}

/** `<key name>.<base64 of IV, tag and ciphertext>`; the key's name is authenticated too. */
function encrypt(text: string, name: string, key: Uint8Array): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return `${name}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}`;
}

function decrypt(text: string, keys: ReadonlyMap<string, Uint8Array>): string {
  const at = text.indexOf('.');
  const name = text.slice(0, at);
  const key = keys.get(name);
  if (at < 0 || key === undefined) {
    throw new Error(`there is no key "${name}" (known: ${[...keys.keys()].join(', ')})`);
  }
  const bytes = Buffer.from(text.slice(at + 1), 'base64');
  const iv = bytes.subarray(0, IV_BYTES);
  const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(name)).setAuthTag(tag);
  const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
  return Buffer.concat([body, decipher.final()]).toString();
}
