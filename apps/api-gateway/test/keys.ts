import type { Role } from '@relay/contract';
import { newSecret } from '@relay/keys';
import { KeyAuthenticator } from '../src/auth/authenticator.ts';
import { entriesOf } from '../src/auth/key-ring.ts';
import type { AuthPolicy } from '../src/auth/policy.ts';

export interface TestKey {
  readonly roles: Role[];
  readonly queues?: string[];
  readonly expiresAt?: string;
}

/** A policy with these keys, and their tokens by the same names. */
export function testKeys<N extends string>(
  keys: Readonly<Record<N, TestKey>>,
): { readonly auth: AuthPolicy; readonly tokens: Readonly<Record<N, string>> } {
  const tokens = {} as Record<N, string>;
  const entries = entriesOf(
    (Object.keys(keys) as N[]).map((name) => {
      const { id, token, sha256 } = newSecret();
      tokens[name] = token;
      return { id, name, sha256, ...keys[name] };
    }),
  );
  return {
    tokens,
    auth: {
      authenticator: new KeyAuthenticator({ find: (id) => entries.get(id) }),
      loopbackOnly: false,
      [Symbol.asyncDispose]: async () => undefined,
    },
  };
}

/** The header fields of a request with a key. */
export function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}
