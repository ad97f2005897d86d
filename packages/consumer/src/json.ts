import { ProgressError, ResultError } from './errors.ts';

/** What the broker stores of a result, in bytes of UTF-8. */
const MAX_RESULT_BYTES = 65_536;
/** And of progress. */
const MAX_PROGRESS_BYTES = 4_096;

/**
 * JSON text of what a handler returned, as it is stored.
 *
 * @throws {ResultError} when it is too large, or JSON has no text for it or for a part of it.
 */
export function resultJson(value: unknown): string {
  const json = boundedJson(value, MAX_RESULT_BYTES);
  if ('text' in json) return json.text;
  throw new ResultError(`the handler's result ${json.why}`);
}

/** The same for a progress value. @throws {ProgressError} */
export function progressJson(value: unknown): string {
  const json = boundedJson(value, MAX_PROGRESS_BYTES);
  if ('text' in json) return json.text;
  throw new ProgressError(`the progress ${json.why}`);
}

/** JSON text of a value within a bound, or an error that says what is wrong with it. */
export function boundedJson(value: unknown, maxBytes: number): { text: string } | { why: string } {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
    // What is changed in silence becomes one of these two; most results have neither, and cost one writing.
    if (text?.includes('null') || text?.includes('{}')) JSON.stringify(value, refuseLoss);
  } catch (thrown) {
    return { why: `cannot be written as JSON: ${reasonOf(thrown)}` };
  }
  if (text === undefined) return { why: `is a ${typeof value}, which JSON cannot carry` };
  // A character is at most 3 bytes of UTF-8 a UTF-16 unit: count only when it could matter.
  if (text.length * 3 > maxBytes) {
    const bytes = Buffer.byteLength(text);
    if (bytes > maxBytes)
      return { why: `has ${bytes} bytes as JSON; at most ${maxBytes} are kept` };
  }
  return { text };
}

/** A replacer that changes nothing, and throws for what JSON would turn into `null` or `{}` without a word. */
function refuseLoss(this: unknown, key: string, value: unknown): unknown {
  const where = key === '' ? 'it' : `its ${JSON.stringify(key)}`;
  const lost =
    typeof value === 'number'
      ? !Number.isFinite(value)
      : Array.isArray(this) && ['undefined', 'function', 'symbol'].includes(typeof value);
  if (lost) throw new TypeError(`${where} is ${typeof value === 'number' ? value : typeof value}`);
  if (value instanceof Map || value instanceof Set)
    throw new TypeError(`${where} is a ${value.constructor.name}`);
  return value;
}

/** A getter of the value, or its `toJSON`, may throw anything. */
function reasonOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : 'unknown';
  } catch {
    // It cannot be read: that it is so is all that can be told.
    return 'unknown';
  }
}
