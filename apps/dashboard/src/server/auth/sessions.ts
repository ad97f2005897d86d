import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** What a session's token says, all of it signed. Its role is not in it: that is looked up each time. */
const claims = z.strictObject({
  /** The session's own id: the same in all its tokens. */
  id: z.string(),
  name: z.string(),
  /** Of the user's password and generation: another one ends the session. */
  seal: z.string(),
  /** When the login was, ms. */
  since: z.int(),
  /** When this token was made, ms. */
  at: z.int(),
  /** When this token ends, ms. */
  until: z.int(),
});
type Claims = z.infer<typeof claims>;

/** A session that a request has shown. */
export interface Session {
  readonly id: string;
  readonly name: string;
  /** When its token ends, ms. */
  readonly until: number;
  /** More than half of its token's time has gone: it should get a new one. */
  readonly old: boolean;
}

export interface SessionsOptions {
  /** The first signs; tokens of the others are taken too, so that secrets can be changed. */
  readonly secrets: readonly [string, ...string[]];
  /** How long a token is good for, and with it a session that nobody uses, ms. */
  readonly idleMs: number;
  /** How long a session is good for at most, ms. */
  readonly longestMs: number;
  /** What a user's sessions are sealed with; undefined for nobody. */
  readonly sealedBy: (name: string) => string | undefined;
  /** Defaults to `Date.now`. */
  readonly now?: () => number;
}

/** Ended sessions that are remembered: each until its tokens end by themselves. */
const MOST_ENDED = 10_000;
const TOKEN = /^([A-Za-z0-9_-]{1,2000})\.([A-Za-z0-9_-]{43})$/;

/**
 * Sessions without a store: a token carries its claims, signed. It is good until it ends, its user is
 * removed or gets another password or generation, or somebody logs out (which this process remembers, and no other).
 */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #now: () => number;
  /** Id → when the last of its tokens ends. */
  readonly #ended = new Map<string, number>();

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** A new session's first token. */
  begin(name: string, sealedBy: string): string {
    const at = this.#now();
    const { idleMs, longestMs } = this.#options;
    return this.#sign({
      id: randomBytes(12).toString('base64url'),
      name,
      seal: this.#seal(sealedBy),
      since: at,
      at,
      until: at + Math.min(idleMs, longestMs),
    });
  }

  /** The session of a token; undefined when it is not, or no longer, good. */
  read(token: string): Session | undefined {
    const found = this.#verify(token);
    if (found === undefined) return undefined;
    const { id, name, at, until, since } = found;
    const half = at + (until - at) / 2;
    const canGoOn = until < since + this.#options.longestMs;
    return { id, name, until, old: canGoOn && this.#now() > half };
  }

  /** Another token for a session that goes on; undefined when it does not. */
  renew(token: string): string | undefined {
    const found = this.#verify(token);
    if (found === undefined) return undefined;
    const { idleMs, longestMs } = this.#options;
    const at = this.#now();
    return this.#sign({ ...found, at, until: Math.min(at + idleMs, found.since + longestMs) });
  }

  /** After it no token of the session is good, whoever has one. */
  end(token: string): void {
    const found = this.#verify(token);
    if (found === undefined) return;
    const now = this.#now();
    for (const [id, until] of this.#ended) {
      if (until > now && this.#ended.size < MOST_ENDED) break;
      this.#ended.delete(id);
    }
    this.#ended.set(
      found.id,
      Math.min(now + this.#options.idleMs, found.since + this.#options.longestMs),
    );
  }

  #verify(token: string): Claims | undefined {
    const [, body = '', mac = ''] = TOKEN.exec(token) ?? [];
    if (body === '' || !this.#isOurs(body, mac)) return undefined;
    const parsed = claims.safeParse(jsonOf(body));
    if (!parsed.success) return undefined;
    const { id, name, seal, since, until } = parsed.data;
    const now = this.#now();
    if (now >= until || now >= since + this.#options.longestMs || this.#ended.has(id)) {
      return undefined;
    }
    const sealedBy = this.#options.sealedBy(name);
    const good = sealedBy !== undefined && this.#seals(sealedBy).some((one) => same(one, seal));
    return good ? parsed.data : undefined;
  }

  #isOurs(body: string, mac: string): boolean {
    // All of them, so that the time says nothing about which one it was.
    return this.#options.secrets.map((secret) => same(hmac(secret, body), mac)).includes(true);
  }

  #sign(content: Claims): string {
    const body = Buffer.from(JSON.stringify(content)).toString('base64url');
    return `${body}.${hmac(this.#options.secrets[0], body)}`;
  }

  #seal(sealedBy: string): string {
    return sealOf(this.#options.secrets[0], sealedBy);
  }

  #seals(sealedBy: string): string[] {
    return this.#options.secrets.map((secret) => sealOf(secret, sealedBy));
  }
}

function sealOf(secret: string, sealedBy: string): string {
  return hmac(secret, `seal ${sealedBy}`);
}

function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url');
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
