import type { CallOptions, Http } from './http.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Every item of a list, page by page; the next page is asked for when the last one was read. */
export async function* pages<T>(
  http: Http,
  path: string,
  { signal, ...query }: CallOptions & object,
): AsyncGenerator<T, void, undefined> {
  let cursor: string | undefined;
  do {
    // oxlint-disable-next-line no-await-in-loop -- each page names the next.
    const page: Page<T> = await http.json({
      method: 'GET',
      path,
      query: { limit: 200, ...query, cursor },
      signal,
      has: 'items',
    });
    yield* page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
