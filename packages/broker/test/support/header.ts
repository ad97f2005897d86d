/** What a script's header says of its calls of Redis: so many, and so many more for each of something. */
export interface Cost {
  readonly calls: number;
  readonly terms: readonly { readonly calls: number; readonly unit: string }[];
}

/** Reads "at most 21 calls, 2 for each idempotency key and 6 for each duplicate." */
export function costOf(header: string): Cost {
  const text =
    /^Cost:([\s\S]*?)(?=^\w+:|$(?![\s\S]))/m.exec(header)?.[1]?.replace(/\s+/g, ' ') ?? '';
  const [, calls, rest = ''] = /(\d+) calls?\b([^.]*)/.exec(text) ?? [];
  const terms = [...rest.matchAll(/(\d+) (?:a|for each) (.+?)(?=,| and \d|$)/g)].map(
    ([, count, unit = '']) => ({ calls: Number(count), unit: unit.trim() }),
  );
  return { calls: Number(calls ?? 0), terms };
}
