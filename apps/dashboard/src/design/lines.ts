/**
 * The counts of minutes, without the one that is not over yet: it would end each line with a fall. The last point of every
 * series is that one.
 */
export function withoutLast(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value, at) => (at === values.length - 1 ? null : value));
}
