import './globals.css';
import type { Metadata, Viewport } from 'next';
import { cookies, headers } from 'next/headers';
import type { ReactNode } from 'react';
import { Providers } from '../data/providers.tsx';
import { AppShell } from '../design/AppShell.tsx';
import { themeOf } from '../design/theme.ts';
import { authOfProcess } from '../server/auth/auth.ts';

export const metadata: Metadata = {
  title: { default: 'Relay', template: '%s · Relay' },
  description: 'Queues, jobs, dead letters and workers.',
  robots: { index: false, follow: false },
};

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f7f7f8' },
    { media: '(prefers-color-scheme: dark)', color: '#0a0b0d' },
  ],
};

/**
 * Made for each request: its scripts carry that request's nonce, and it has the reader's theme. So no page needs a Suspense
 * around what reads the address; React brings what is inside of one to life last, and the first list with it.
 */
export default async function RootLayout({ children }: { readonly children: ReactNode }) {
  const theme = themeOf((await cookies()).get('relay-theme')?.value);
  const user = authOfProcess()?.visitor(await headers())?.identity ?? null;
  return (
    <html lang="en" data-theme={theme === 'system' ? undefined : theme}>
      <body>
        <Providers user={user}>
          <AppShell theme={theme}>{children}</AppShell>
        </Providers>
      </body>
    </html>
  );
}
