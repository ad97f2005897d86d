/** Requests to every route of the contract, good, nearly good and bad. */
import { bulkRequest, enqueueRequest, ROUTES, type RouteDescriptor } from '@relay/contract';
import * as fc from 'fast-check';
import type { z } from 'zod';
import { damaged, fitting, STRANGE, spoilt } from './fuzz-values.ts';

export interface FuzzRequest {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
}

/** Answered in one piece: a stream has tests of its own. */
const routes: [string, RouteDescriptor][] = (
  Object.entries(ROUTES) as [string, RouteDescriptor][]
).filter(([, route]) => route.stream !== true);

/** A queue of its own for nearly every request, so that what it wrote can be told by its name. */
const queue = fc.nat(1_000_000).map((n) => `f-${n}`);
const strangeText = fc.oneof(
  fc.constantFrom(...STRANGE.filter((one) => typeof one === 'string')),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** Without lone surrogates, which no URL can hold. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** A part of a path, encoded as a careful client would, or not at all. */
function segment(name: string): fc.Arbitrary<string> {
  const good = name === 'queue' ? queue : fc.constantFrom('0mq5cz1kT2nVZ8cYxw3a', 'Ab3456789012');
  return fc.oneof(
    { weight: 8, arbitrary: good },
    { weight: 1, arbitrary: strangeText.map((text) => encodeURIComponent(wellFormed(text))) },
    { weight: 1, arbitrary: fc.constantFrom('%', '%c0%ae', '%2e%2e', '%2F', ';', '%00', '*') },
  );
}

function path(route: RouteDescriptor): fc.Arbitrary<string> {
  const parts = route.path.split(/\{(\w+)\}/);
  return fc
    .tuple(...parts.map((part, index) => (index % 2 === 0 ? fc.constant(part) : segment(part))))
    .map((all) => all.join(''));
}

function query({ query: schema }: RouteDescriptor): fc.Arbitrary<string> {
  const good = fitting(schema);
  const asQuery = (value: unknown): string => {
    const pairs = Object.entries(value ?? {}).flatMap(([name, one]) =>
      (Array.isArray(one) ? one : [one]).map((item): [string, string] => [
        name,
        wellFormed(typeof item === 'object' ? JSON.stringify(item) : String(item)),
      ]),
    );
    return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
  };
  return fc.oneof(
    { weight: 12, arbitrary: good.map(asQuery) },
    { weight: 2, arbitrary: spoilt(good).map(asQuery) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('?', '?=', '?%zz', '?a[]=1', '?limit=1&limit=2', '?&&'),
    },
  );
}

function bodySchema(schema: z.ZodType): fc.Arbitrary<unknown> {
  // The items of a bulk call are checked one by one, so its schema doesn't say what they are.
  if (schema !== bulkRequest) return fitting(schema);
  return fc.record({ jobs: fc.array(fitting(enqueueRequest), { minLength: 1, maxLength: 5 }) });
}

function body({ body: declared }: RouteDescriptor): fc.Arbitrary<string | Buffer | undefined> {
  if (declared === null) return fc.constant(undefined);
  const good = bodySchema(declared.schema);
  const text = (value: unknown): string => JSON.stringify(value) ?? '';
  return fc.oneof(
    { weight: 4, arbitrary: good.map(text) },
    { weight: 4, arbitrary: spoilt(good).map(text) },
    { weight: 2, arbitrary: damaged(good) },
  );
}

const headers: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ 'Content-Type': 'application/json' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Record<string, string>>(
      { 'Content-Type': 'text/plain' },
      { 'Content-Type': 'application/json; charset=latin1' },
      { 'Content-Type': 'application/json', 'Content-Encoding': 'br' },
      { 'Content-Type': 'application/json', 'Idempotency-Key': 'x'.repeat(300) },
      { 'Content-Type': 'application/json', 'X-Request-Id': '"><script>' },
      { 'Content-Type': 'application/json', traceparent: '00-zz' },
      { 'Content-Type': 'application/json', Origin: 'null' },
      { 'Content-Type': 'application/json', 'X-HTTP-Method-Override': 'DELETE' },
      { 'Content-Type': 'application/json', 'Last-Event-ID': '-1', Range: 'bytes=0-' },
    ),
  },
);

/** Any request to any route. */
export const anyRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(
  ...routes.map(([name, route]) => ({
    // What everybody may send, and most will.
    weight: name.startsWith('enqueue') ? 4 : 1,
    arbitrary: fc
      .record({ path: path(route), query: query(route), headers, body: body(route) })
      .map((made) => ({
        name,
        method: route.method,
        url: `${made.path}${made.query}`,
        headers: made.headers,
        body: made.body,
      })),
  })),
);
