import type { Model } from './model.ts';

export interface FakeRequest {
  readonly model: Model;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  // Checked against the contract's schema before it comes here.
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
  readonly signal: AbortSignal | undefined;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** Answers a route, whose name is that of the contract. */
type FakeHandler = (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>;
export type FakeHandlers = Readonly<Record<string, FakeHandler>>;

/** A page of a list; the cursor is where the next one begins. */
export function pageOf(items: readonly unknown[], query: FakeRequest['query']): FakeAnswer {
  const from = Number(query['cursor'] ?? 0);
  const to = from + Number(query['limit'] ?? 50);
  return {
    status: 200,
    body: { items: items.slice(from, to), nextCursor: to < items.length ? String(to) : null },
  };
}
