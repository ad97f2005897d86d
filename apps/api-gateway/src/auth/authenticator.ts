import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { hashSecret, parseToken } from '@relay/keys';
import { HttpProblem } from '../http/http-problem.ts';
import type { KeyEntry } from './key-ring.ts';
import { ANYBODY, type Principal } from './principal.ts';

/** Finds out who asks. */
export interface Authenticator {
  /** @throws {HttpProblem} `unauthenticated` */
  authenticate(request: IncomingMessage): Principal;
}

/** Where keys are looked up. */
export interface KeySource {
  find(id: string): KeyEntry | undefined;
}

/** Lets everybody do everything: for a gateway that only this machine reaches, or by explicit wish. */
export const openToAll: Authenticator = { authenticate: () => ANYBODY };

/** Compared with when there is no such key, so that the time of an answer doesn't tell. */
const NO_KEY = Buffer.alloc(32);

/** Asks for `Authorization: Bearer rk_<keyId>_<secret>`. */
export class KeyAuthenticator implements Authenticator {
  readonly #keys: KeySource;
  readonly #now: () => number;

  constructor(keys: KeySource, now: () => number = Date.now) {
    this.#keys = keys;
    this.#now = now;
  }

  authenticate(request: IncomingMessage): Principal {
    // Distinct: Node would silently take the first of two.
    const fields = request.headersDistinct.authorization ?? [];
    const [field] = fields;
    if (field === undefined) throw refusal('Send Authorization: Bearer rk_…');
    const token = /^Bearer +(\S+)$/i.exec(field)?.[1];
    const parts = token === undefined ? undefined : parseToken(token);
    if (parts === undefined || fields.length > 1) {
      throw refusal('There must be one Authorization field, of the form Bearer rk_<id>_<secret>');
    }
    const entry = this.#keys.find(parts.id);
    const same = timingSafeEqual(hashSecret(parts.secret), entry?.sha256 ?? NO_KEY);
    if (entry === undefined || !same || entry.expiresAt <= this.#now()) {
      throw refusal('The key is unknown, revoked or expired');
    }
    return entry.principal;
  }
}

function refusal(detail: string): HttpProblem {
  return new HttpProblem('unauthenticated', detail, {
    headers: { 'WWW-Authenticate': 'Bearer realm="relay"' },
  });
}
