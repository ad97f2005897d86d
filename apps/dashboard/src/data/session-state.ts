import type { Permission } from '@relay/contract';

/** Who is logged in. Null where there are no users: then everything is allowed. */
export type User = {
  readonly name: string;
  readonly role: string;
  readonly permissions: readonly Permission[];
} | null;

/** What has happened to the session since the page came. */
export interface SessionState {
  /** The server has asked for a login. */
  readonly ended: boolean;
  /** Who has logged in since; undefined: nobody. */
  readonly user: User | undefined;
}

const FRESH: SessionState = { ended: false, user: undefined };
let current = FRESH;
const listeners = new Set<() => void>();

/** The session is over: nothing more is asked for until somebody logs in. */
export function reportSessionEnded(): void {
  if (!current.ended) update({ ...current, ended: true });
}

export function reportLogin(user: User): void {
  update({ ended: false, user });
}

export function sessionState(): SessionState {
  return current;
}

/** Before anything has happened, as on the server. */
export function freshSessionState(): SessionState {
  return FRESH;
}

export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function update(next: SessionState): void {
  current = next;
  for (const listener of listeners) listener();
}
