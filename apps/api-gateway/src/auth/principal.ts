import { type Permission, ROLE_PERMISSIONS, type Role } from '@relay/contract';

/** Who asks, and what they may. */
export class Principal {
  /** The key's id, for logs; `anonymous` where no key is needed. */
  readonly id: string;
  readonly #permissions: ReadonlySet<Permission>;
  readonly #queues: readonly string[] | undefined;

  /** @param queues Patterns; undefined for every queue. */
  constructor(id: string, roles: readonly Role[], queues?: readonly string[]) {
    this.id = id;
    this.#permissions = new Set(roles.flatMap((one) => ROLE_PERMISSIONS[one]));
    this.#queues = queues;
  }

  may(permission: Permission): boolean {
    return this.#permissions.has(permission);
  }

  /** Whether the queue is one of the key's; exact, so that neither case nor a dot opens another. */
  covers(queue: string): boolean {
    return (
      this.#queues?.some((pattern) =>
        pattern.endsWith('*') ? queue.startsWith(pattern.slice(0, -1)) : queue === pattern,
      ) ?? true
    );
  }
}

/** Whoever comes, where no key is needed. */
export const ANYBODY = new Principal('anonymous', ['admin']);
