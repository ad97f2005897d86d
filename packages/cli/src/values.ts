import { InvalidArgumentError, Option } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `500`, `500ms`, `5s`, `10m`, `2h`, `1d` → ms. */
export function durationValue(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text) ?? [];
  const factor = UNIT_MS[unit];
  if (digits === undefined || factor === undefined) {
    throw new InvalidArgumentError('It must be a duration such as 500ms, 30s, 5m, 2h or 1d.');
  }
  return Math.round(Number(digits) * factor);
}

export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  };
}

/** `--limit` of a list. */
export function listLimit(): Option {
  return new Option('--limit <n>', 'maximum number of items')
    .argParser(wholeNumber(1, 1_000_000_000))
    .default(50);
}

/** Takes a limit away. No null: commander makes an empty text of that. */
export type None = 'none';

export function wholeOrNone(low: number, high: number): (text: string) => number | None {
  const whole = wholeNumber(low, high);
  return (text) => (text === 'none' ? 'none' : whole(text));
}

/** `100/s`, `100/5m` or `none`. */
export function rateValue(text: string): { rate: number; perMs: number } | None {
  if (text === 'none') return 'none';
  const [, count, per = ''] = /^(\d+)\/(.+)$/.exec(text) ?? [];
  if (count === undefined) {
    throw new InvalidArgumentError('It must be like 100/s, 1000/5m or none.');
  }
  return { rate: Number(count), perMs: durationValue(/^\d/.test(per) ? per : `1${per}`) };
}

/** Collects a flag that may be given several times. */
export function several(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Collects `--header name=value`. */
export function headers(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be like name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** JSON whose numbers survive: one that JavaScript would round is refused, not changed in silence. */
export function jsonValue(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It is no JSON: ${(error as Error).message}`);
  }
  const rounded = roundedNumber(text);
  if (rounded === undefined) return value;
  throw new InvalidArgumentError(
    `The number ${rounded} would lose digits: write it as a text, "${rounded}".`,
  );
}

/** The first whole number outside of texts that a JavaScript number cannot hold. */
function roundedNumber(json: string): string | undefined {
  const numbers = json.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').matchAll(/-?\d{16,}(?![\d.eE])/g);
  for (const [digits] of numbers) {
    if (BigInt(digits) !== BigInt(Number(digits))) return digits;
  }
  return undefined;
}

/** Without what is undefined: exact optional types tell the two apart. */
export function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
