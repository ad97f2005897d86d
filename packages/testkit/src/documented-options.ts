import { readFileSync } from 'node:fs';

/** A number among the options of an interface, as its comment describes it. */
export interface DocumentedNumber {
  readonly name: string;
  /** From `1 … 1,000`; undefined where a bound is no number, or the comment has none. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** From `Defaults to 30,000`; undefined where the default is no number. */
  readonly preset: number | undefined;
}

/**
 * The numbers of an interface with the ranges and defaults that their comments promise, for a test that
 * holds them against the code that checks them.
 *
 * @param file A TypeScript source, as a path or a `file:` URL.
 */
export function documentedNumbers(file: string | URL, name: string): DocumentedNumber[] {
  const [, body = ''] =
    new RegExp(`export interface ${name}\\b[^{]*\\{([\\s\\S]*?)\\n\\}`).exec(
      readFileSync(file, 'utf8'),
    ) ?? [];
  const member = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*readonly (\w+)\?: number;/g;
  return [...body.matchAll(member)].map(([, comment = '', option = '']) => {
    const text = comment.replaceAll(/\s*\*?\s+/g, ' ');
    const [, low, high] = /([\d,]+)(?: \([^)]*\))? … ([\d,]+)?/.exec(text) ?? [];
    const [, preset] = /[Dd]efaults to ([\d,]+)\./.exec(text) ?? [];
    return { name: option, low: toNumber(low), high: toNumber(high), preset: toNumber(preset) };
  });
}

/**
 * What the code does not keep of what comments promise: one line each, empty when all is true.
 *
 * @param make Checks and completes options, as the code under test does; throws for a value out of its range.
 * @param base Options to try each bound with, so that no other one narrows it.
 */
export function brokenPromises(
  numbers: readonly DocumentedNumber[],
  make: (options: Readonly<Record<string, number>>) => Readonly<Record<string, number>>,
  base: Readonly<Record<string, number>> = {},
): string[] {
  const taken = (name: string, value: number): boolean => {
    try {
      return make({ ...base, [name]: value })[name] === value;
    } catch {
      return false;
    }
  };
  return numbers.flatMap(({ name, low, high, preset }) => {
    const broken: string[] = [];
    if (low === undefined && high === undefined) broken.push(`${name} has no range`);
    if (preset !== undefined && make({})[name] !== preset)
      broken.push(`${name} defaults otherwise`);
    for (const [bound, step] of [
      [low, -1],
      [high, 1],
    ] as const) {
      if (bound === undefined) continue;
      if (!taken(name, bound)) broken.push(`${name} does not take ${bound}`);
      if (taken(name, bound + step)) broken.push(`${name} takes ${bound + step}`);
    }
    return broken;
  });
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text.replaceAll(',', ''));
}
