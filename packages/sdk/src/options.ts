import { OptionsError } from './errors.ts';
import { NAME_PATTERN } from './generated/limits.ts';

/** Refuses what nobody would read: a misspelt option would else be ignored in silence. */
export function known(what: string, options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new OptionsError(`${what} takes an object of options, not ${String(options)}`);
  }
  const stranger = Object.keys(options).find((name) => !names.includes(name));
  if (stranger === undefined) return;
  throw new OptionsError(`${what} has no option "${stranger}"; it has ${names.join(', ')}`);
}

export function whole(what: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new OptionsError(`${what} must be a whole number from ${low} to ${high}, not ${value}`);
}

export function named(what: string, name: string): string {
  if (typeof name === 'string' && NAME_PATTERN.test(name)) return name;
  throw new OptionsError(
    `${what} must be 1 to 128 letters, digits, dots, dashes, underscores, not ${JSON.stringify(name)}`,
  );
}
