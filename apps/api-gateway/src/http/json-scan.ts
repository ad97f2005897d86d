import { isUtf8 } from 'node:buffer';
import { JsonScanner, JsonSyntaxError } from './json-scanner.ts';
import { RawJson } from './raw-json.ts';

/** The path to values that are kept as bytes; see {@link scanJson}. */
type Path = readonly string[];

export interface ScanOptions {
  /** Where a raw value stands: names of fields, `*` for every item of an array. Defaults to nowhere. */
  readonly raw?: Path;
  /** How deep arrays and objects may nest: in a raw value, and in the rest. Defaults to 128. */
  readonly maxDepth?: number;
}

/**
 * Reads a JSON text strictly and keeps some of its values as the bytes that were sent, so that big
 * integers, the order and doubling of keys, escapes and white space survive.
 *
 * The rest, "our own part", is parsed; in it a field name must not occur twice in one object, and
 * `__proto__` is refused, since both make readers disagree about what was said. Works on the bytes, in
 * one pass and without recursion over what was sent.
 *
 * @returns the document with a {@link RawJson} at each place that `raw` names.
 * @throws {JsonSyntaxError} for anything that isn't exactly one JSON value in UTF-8 without a
 * byte-order mark, or is nested too deeply.
 */
export function scanJson(bytes: Buffer, options: ScanOptions = {}): unknown {
  if (bytes.length === 0) throw new JsonSyntaxError('The body is empty; JSON was expected');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new JsonSyntaxError('The body begins with a byte-order mark');
  }
  if (!isUtf8(bytes)) throw new JsonSyntaxError('The body is not valid UTF-8');
  const scanner = new JsonScanner(bytes, options.maxDepth ?? 128);
  const path = options.raw ?? [];
  scanner.document(path);
  return path.length === 0 ? JSON.parse(bytes.toString('utf8')) : restore(bytes, scanner, path);
}

/** Parses our own part with a number in place of each raw value, then puts the raw values back. */
function restore(bytes: Buffer, scanner: JsonScanner, path: Path): unknown {
  const { ranges } = scanner;
  let own = '';
  let from = 0;
  for (const [index, { start, end }] of ranges.entries()) {
    own += `${bytes.toString('utf8', from, start)}${index}`;
    from = end;
  }
  own += bytes.toString('utf8', from);
  const document: unknown = JSON.parse(own);
  place(document, path, (index) => {
    const range = ranges[index];
    return range && new RawJson(bytes.toString('utf8', range.start, range.end));
  });
  return document;
}

function place(node: unknown, path: Path, raw: (index: number) => RawJson | undefined): void {
  const [step, ...rest] = path;
  if (step === undefined || typeof node !== 'object' || node === null) return;
  if (step === '*') {
    if (Array.isArray(node)) for (const item of node) place(item, rest, raw);
    return;
  }
  if (Array.isArray(node) || !Object.hasOwn(node, step)) return;
  const value: unknown = Reflect.get(node, step);
  if (rest.length > 0) place(value, rest, raw);
  else if (typeof value === 'number') Reflect.set(node, step, raw(value));
}
