import { randomBytes } from 'node:crypto';
import type { Permission } from '@relay/contract';
import { ROLE_PERMISSIONS } from '@relay/contract';
import { type DashboardConfig, readConfig } from '../config.ts';
import { log } from '../log.ts';
import { cookieName, sessionCookie, tokensOf } from './cookie.ts';
import { LoginLimits } from './login-limits.ts';
import { verifyPassword } from './password.ts';
import { type Session, Sessions } from './sessions.ts';
import { sealedBy, type User } from './user-file.ts';
import { Users } from './users.ts';

/** Who asks, and what they may. */
export interface Identity {
  readonly name: string;
  readonly role: User['role'];
  readonly permissions: readonly Permission[];
}

/** Somebody who has logged in. */
export interface Visitor {
  readonly identity: Identity;
  readonly session: Session;
  readonly token: string;
}

/** What a login comes to. */
export type LoginResult =
  | { readonly kind: 'welcome'; readonly identity: Identity; readonly cookie: string }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly ms: number };

/** Passwords that are looked at at once: each takes 32 MiB and a thread. */
const MOST_AT_ONCE = 3;

/** Users, their sessions and their logins. */
export class Auth {
  readonly #users: Users;
  readonly #sessions: Sessions;
  readonly #limits = new LoginLimits();
  readonly #secure: DashboardConfig['cookieSecure'];
  readonly #idleMs: number;
  #looking = 0;

  /** @throws {StartError} when the users cannot be read. */
  constructor({ users, session, cookieSecure }: DashboardConfig & { readonly users: object }) {
    this.#users = new Users(users);
    this.#secure = cookieSecure;
    this.#idleMs = session.idleMs;
    this.#sessions = new Sessions({
      ...session,
      secrets: session.secrets ?? [randomBytes(32).toString('base64url')],
      sealedBy: (name) => {
        const user = this.#users.find(name);
        return user && sealedBy(user);
      },
    });
  }

  /** Who sends these header fields; undefined for a stranger. */
  visitor(headers: Headers): Visitor | undefined {
    for (const token of tokensOf(headers, this.#isSecure(headers))) {
      const session = this.#sessions.read(token);
      const user = session && this.#users.find(session.name);
      if (session && user) return { identity: identityOf(user), session, token };
    }
    return undefined;
  }

  /** Whether a token is still good. */
  isGood(token: string): boolean {
    return this.#sessions.read(token) !== undefined;
  }

  /** The cookie that carries a session on; undefined while the present one is young. */
  renewal({ session, token }: Visitor, headers: Headers): string | undefined {
    const next = session.old ? this.#sessions.renew(token) : undefined;
    return next === undefined ? undefined : this.#cookie(next, headers);
  }

  async login(
    { name, password }: { readonly name: string; readonly password: string },
    { address, headers }: { readonly address: string; readonly headers: Headers },
  ): Promise<LoginResult> {
    if (this.#looking >= MOST_AT_ONCE) return { kind: 'wait', ms: 1_000 };
    const wait = this.#limits.attempt(name, address);
    if (wait !== undefined) return { kind: 'wait', ms: wait };
    const user = this.#users.find(name);
    this.#looking += 1;
    try {
      if (!(await verifyPassword(password, user?.password)) || user === undefined) {
        // Not a name that nobody has: somebody may have typed a password in its place.
        log('warn', 'login refused', { ...(user ? { user: user.name } : {}), address });
        return { kind: 'wrong' };
      }
    } finally {
      this.#looking -= 1;
    }
    this.#limits.succeeded(name, address);
    for (const old of tokensOf(headers, this.#isSecure(headers))) this.#sessions.end(old);
    log('info', 'logged in', { user: user.name, role: user.role, address });
    const token = this.#sessions.begin(user.name, sealedBy(user));
    return { kind: 'welcome', identity: identityOf(user), cookie: this.#cookie(token, headers) };
  }

  /** Ends the session, whoever else has its token. Gives the cookie that takes it from the browser. */
  logout(headers: Headers): string {
    const visitor = this.visitor(headers);
    if (visitor !== undefined) log('info', 'logged out', { user: visitor.identity.name });
    for (const token of tokensOf(headers, this.#isSecure(headers))) this.#sessions.end(token);
    return this.#cookie('', headers);
  }

  #cookie(token: string, headers: Headers): string {
    const secure = this.#isSecure(headers);
    const maxAgeS = token === '' ? 0 : Math.ceil(this.#idleMs / 1_000);
    return sessionCookie(cookieName(secure), token, { secure, maxAgeS });
  }

  #isSecure(headers: Headers): boolean {
    if (this.#secure !== 'auto') return this.#secure === 'always';
    return headers.get('x-forwarded-proto')?.split(',')[0]?.trim() === 'https';
  }
}

function identityOf({ name, role }: User): Identity {
  return { name, role, permissions: ROLE_PERMISSIONS[role] };
}

const PLACE = Symbol.for('relay.dashboard.auth');

/**
 * The process's own. Next bundles pages, routes and the proxy apart from each other, each with its own
 * copy of this module: what they share stands in the one global object.
 *
 * @returns null: there are no users, and whoever is let in may do everything
 */
export function authOfProcess(): Auth | null {
  const shared = globalThis as { [PLACE]?: Auth | null };
  shared[PLACE] ??= authOf(readConfig(process.env));
  return shared[PLACE];
}

/** @throws {StartError} when the users cannot be read. */
function authOf(config: DashboardConfig): Auth | null {
  const { users } = config;
  return users === undefined ? null : new Auth({ ...config, users });
}
