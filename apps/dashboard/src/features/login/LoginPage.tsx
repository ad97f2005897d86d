'use client';

import { Logo } from '../../design/Logo.tsx';
import { LoginForm } from './LoginForm.tsx';

/** The way in. @param next where it leads, one of our own pages */
export function LoginPage({ next }: { readonly next: string }) {
  return (
    <div className="mx-auto flex min-h-[calc(100dvh-5rem)] w-full max-w-sm flex-col justify-center pb-16">
      <div className="flex items-center justify-center gap-2 text-lg font-semibold tracking-tight">
        <Logo />
        Relay
      </div>
      <div className="mt-6 rounded-xl border border-line bg-surface p-6 shadow-lift">
        <h1 className="mb-4 text-base font-semibold tracking-tight">Log in</h1>
        {/* A page of its own from there on: what was read before belongs to nobody. */}
        <LoginForm onDone={() => location.assign(next)} />
      </div>
      <p className="mt-4 text-center text-xs text-ink-3">
        Ask the administrator of this dashboard for an account.
      </p>
    </div>
  );
}
