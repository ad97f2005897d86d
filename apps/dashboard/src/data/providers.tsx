'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { usePathname } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import { LOGIN_PATH } from '../design/navigation.ts';
import { ApiError } from './api.ts';
import { LiveUpdates } from './live.tsx';
import { SessionProvider } from './session.tsx';
import type { User } from './session-state.ts';

/** What every page shares: the cache of answers, and the stream that keeps it current. */
export function Providers({ user, children }: { user: User; children: ReactNode }) {
  const [client] = useState(makeClient);
  const needsData = usePathname() !== LOGIN_PATH;
  return (
    <QueryClientProvider client={client}>
      <SessionProvider user={user}>
        {children}
        {/* Last: what the page asks for goes first. */}
        {needsData && <LiveUpdates />}
      </SessionProvider>
    </QueryClientProvider>
  );
}

function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A failure is shown at once, next to the last data; the next poll is the retry.
        retry: (failures, error) => isTooMany(error) && failures < 3,
        retryDelay: (_, error) => (isTooMany(error) ? (error.retryAfterMs ?? 1_000) : 1_000),
        refetchOnWindowFocus: true,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}

function isTooMany(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 429;
}
