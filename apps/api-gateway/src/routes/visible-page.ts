/** A page of some of the rows of a list, in the order of their names. */
export interface VisiblePage<T> {
  readonly items: readonly T[];
  /** The last row's name when there may be more. */
  readonly last: string | null;
}

/** A list of which a key sees a part. */
export interface WholeList<T> {
  /** A page of all rows behind `after`; `nextCursor` is the name of its last row. */
  readonly read: (
    after: string,
    limit: number,
  ) => Promise<{ readonly items: readonly T[]; readonly nextCursor: string | null }>;
  readonly nameOf: (row: T) => string;
  readonly sees: (row: T) => boolean;
}

/** Of rows that are not shown, so many are read in one go. */
const HIDDEN_AT_ONCE = 200;

/**
 * The rows that a key sees, `limit` of them unless the list ends before. What it does not see is not told by the cursor
 * either: that names the last row that is shown, and none that was passed over.
 */
export async function visiblePage<T>(
  { read, nameOf, sees }: WholeList<T>,
  after: string,
  limit: number,
): Promise<VisiblePage<T>> {
  const items: T[] = [];
  let from: string | null = after;
  for (let size = limit; from !== null; size = Math.max(limit, HIDDEN_AT_ONCE)) {
    // oxlint-disable-next-line no-await-in-loop -- each page needs the cursor of the last.
    const page: Awaited<ReturnType<typeof read>> = await read(from, size);
    const shown = page.items.filter(sees);
    items.push(...shown.slice(0, limit - items.length));
    const last = items.at(-1);
    const more = page.nextCursor !== null || last !== shown.at(-1);
    if (last !== undefined && items.length === limit) {
      return { items, last: more ? nameOf(last) : null };
    }
    from = page.nextCursor;
  }
  return { items, last: null };
}
