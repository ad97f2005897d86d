'use client';

import type { Permission } from '@relay/contract';
import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';
import { freshSessionState, onSession, sessionState, type User } from './session-state.ts';

const InitialUser = createContext<User>(null);

/** @param user as the server knew them when it made the page */
export function SessionProvider({ user, children }: { user: User; children: ReactNode }) {
  return <InitialUser value={user}>{children}</InitialUser>;
}

/** Who is logged in, and whether they have to do so again. */
export function useSession(): { readonly user: User; readonly ended: boolean } {
  const initial = useContext(InitialUser);
  const { user = initial, ended } = useSyncExternalStore(
    onSession,
    sessionState,
    freshSessionState,
  );
  return { user, ended };
}

/** What the reader may do. The server holds everybody to the same table. */
export function useMay(): (permission: Permission) => boolean {
  const { user } = useSession();
  return (permission) => user === null || user.permissions.includes(permission);
}

/** Shows its children to those who may do it, and nothing to others. */
export function Allowed({
  to,
  children,
}: {
  readonly to: Permission;
  readonly children: ReactNode;
}) {
  return useMay()(to) ? children : null;
}
