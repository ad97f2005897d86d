import { type Fetch, Relay, type RelayError, type RelayOptions } from '../src/index.ts';

/** Where nobody is: every answer is prepared. */
export const URL = 'http://relay.test';

/** Retries that nobody has to wait for. */
const quick = { baseMs: 1, capMs: 2 };

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect.
  readonly body: any;
  readonly text: string;
}

/** A fetch that gives prepared answers, the last one again and again, and keeps what was sent. */
export function answering(...answers: (Response | Error | ((sent: Sent) => Response))[]) {
  const sent: Sent[] = [];
  const fetch: Fetch = async (url, init) => {
    const text = typeof init.body === 'string' ? init.body : '';
    const request: Sent = {
      method: init.method ?? 'GET',
      url,
      headers: new Headers(init.headers),
      text,
      body: text === '' ? undefined : JSON.parse(text),
    };
    const answer = answers[Math.min(sent.length, answers.length - 1)];
    sent.push(request);
    if (answer instanceof Error) throw answer;
    if (answer === undefined) throw new Error('no answer was prepared');
    return typeof answer === 'function' ? answer(request) : answer.clone();
  };
  return { fetch, sent };
}

export const client = (fetch: Fetch, options: Partial<RelayOptions> = {}): Relay =>
  new Relay({ url: URL, fetch, retry: quick, ...options });

export const caught = (promise: Promise<unknown>): Promise<RelayError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: RelayError) => error,
  );

export function ok(body: unknown, init: ResponseInit = {}): Response {
  return Response.json(body, init);
}

export function problem(
  slug: string,
  status: number,
  headers: Record<string, string> = {},
): Response {
  return Response.json(
    { type: `https://relay.dev/problems/${slug}`, title: slug, status, detail: `it is ${slug}` },
    { status, headers: { 'content-type': 'application/problem+json', ...headers } },
  );
}

export const ACCEPTED = { id: 'j1', queue: 'q', state: 'ready', duplicate: false };
