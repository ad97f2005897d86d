import type { ItemProblem, ProblemError } from './generated/contract.ts';

/** What is wrong, each with its place, for a message. */
export function placesOf(errors: readonly ProblemError[]): string {
  return errors
    .map((one) => {
      const place = 'pointer' in one ? one.pointer : one.parameter;
      return `${place === '' ? 'it' : place} ${one.detail}`;
    })
    .join('; ');
}

/** A problem in one line. Its own detail names the first wrong place only: all of them are better. */
export function lineOf({ type, title, detail, errors = [] }: Partial<ItemProblem>): string {
  const said = detail ?? title ?? type ?? 'no reason was given';
  return errors.length === 0 ? said : `${title || said}: ${placesOf(errors)}`;
}
