import { InputError } from './errors.ts';
import { LIMITS } from './generated/limits.ts';

const utf8 = new TextEncoder();

/** Bytes of UTF-8. A unit of UTF-16 has 3 at most: counted only when it could matter. */
export function exceeds(text: string, maxBytes: number): boolean {
  return text.length * 3 > maxBytes && utf8.encode(text).length > maxBytes;
}

/**
 * JSON text of a value, which comes back from it as it was. What JSON would drop or change in silence
 * is refused, with a pointer to it: BigInt, NaN, an invalid Date, functions, symbols, cycles, Map, Set, bytes. A property
 * that is undefined is absent; an item of an array or a whole payload must not be.
 *
 * @throws {InputError}
 */
export function toJson(value: unknown, what: string, maxBytes: number = LIMITS.bodyBytes): string {
  const wrong = inspect(value, '', []);
  if (wrong !== undefined) throw new InputError(`${what} cannot be written as JSON`, [wrong]);
  const text = JSON.stringify(value);
  if (!exceeds(text, maxBytes)) return text;
  throw new InputError(`${what} is too large`, [
    { pointer: '', detail: `has ${utf8.encode(text).length} bytes as JSON; at most ${maxBytes}` },
  ]);
}

interface Wrong {
  readonly pointer: string;
  readonly detail: string;
}

function inspect(value: unknown, pointer: string, above: readonly object[]): Wrong | undefined {
  const refuse = (detail: string): Wrong => ({ pointer, detail });
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : refuse(`is ${value}`);
    case 'object':
      return value === null ? undefined : inspectObject(value, pointer, above);
    case 'undefined':
      return refuse('is undefined');
    case 'bigint':
    case 'function':
    case 'symbol':
      return refuse(`is a ${typeof value}`);
  }
}

function inspectObject(
  value: object,
  pointer: string,
  above: readonly object[],
): Wrong | undefined {
  if (above.includes(value)) return { pointer, detail: 'refers back to what contains it' };
  if (above.length >= LIMITS.payloadDepth) {
    return { pointer, detail: `is deeper than ${LIMITS.payloadDepth} levels` };
  }
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  // Node's Buffer would become a list of numbers.
  if ('toJSON' in value && typeof value.toJSON === 'function' && kind !== 'Uint8Array') {
    const json: unknown = value.toJSON();
    if (json === null && kind === 'Date') return { pointer, detail: 'is an Invalid Date' };
    return inspect(json, pointer, [...above, value]);
  }
  if (kind !== 'Object' && kind !== 'Array') return { pointer, detail: `is a ${kind}` };
  const path = [...above, value];
  const isArray = Array.isArray(value);
  // Array.from, since `entries` of an array with holes leaves the holes out.
  const entries = isArray ? Array.from(value).entries() : Object.entries(value);
  for (const [key, item] of entries) {
    if (typeof item === 'string' || (item === undefined && !isArray)) continue;
    const step = String(key).replaceAll('~', '~0').replaceAll('/', '~1');
    const wrong = inspect(item, `${pointer}/${step}`, path);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
