'use client';

import {
  CircleAlert,
  DatabaseZap,
  Info,
  type LucideIcon,
  ShieldX,
  TriangleAlert,
  Unplug,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiError } from '../data/api.ts';
import { useConnection } from '../data/connection.ts';
import { Button } from './Button.tsx';
import { clock } from './format.ts';

export interface EmptyStateProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
}

/** Nothing is here, and that is what it says. */
export function EmptyState({ icon: Icon, title, children }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      <span className="grid size-10 place-items-center rounded-full bg-raised text-ink-3">
        <Icon aria-hidden className="size-4.5" />
      </span>
      <p className="mt-3 font-medium">{title}</p>
      {children && <div className="mt-1 max-w-md text-[13px] text-ink-2">{children}</div>}
    </div>
  );
}

/** Something could not be read: what, why, and what to do about it. */
export function ErrorState({
  error,
  retry,
}: {
  readonly error: Error;
  readonly retry?: () => void;
}) {
  const { icon: Icon, title, text } = explain(error);
  return (
    <div role="alert" className="flex flex-col items-center px-6 py-14 text-center">
      <span className="grid size-10 place-items-center rounded-full bg-bad-soft text-bad">
        <Icon aria-hidden className="size-4.5" />
      </span>
      <p className="mt-3 font-medium">{title}</p>
      <p className="mt-1 max-w-md text-[13px] break-words text-ink-2">{text}</p>
      {retry && (
        <Button className="mt-4" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

function explain(error: Error): { icon: LucideIcon; title: string; text: string } {
  if (!(error instanceof ApiError)) {
    return { icon: CircleAlert, title: 'Something went wrong', text: error.message };
  }
  if (error.code === 'store-unavailable' || error.code === 'store-full') {
    return { icon: DatabaseZap, title: error.title, text: error.message };
  }
  if (error.isOutage) {
    const text = `${error.message} What is shown comes back by itself when it does.`;
    return { icon: Unplug, title: error.title, text };
  }
  if (error.code === 'login-required' || error.code === 'role-forbidden') {
    return { icon: ShieldX, title: error.title, text: error.message };
  }
  if (error.status === 401 || error.status === 403) {
    const text = `The dashboard’s key does not allow this: ${error.message}`;
    return { icon: ShieldX, title: 'Not allowed', text };
  }
  return { icon: CircleAlert, title: error.title, text: error.message };
}

/** A place kept for what is on its way: the same size, so that nothing moves. */
export function Skeleton({ className = '' }: { readonly className?: string }) {
  return <span aria-hidden className={`block animate-pulse rounded-md bg-raised ${className}`} />;
}

/** Says that what is on the screen is old, since when and why. */
export function StaleBanner() {
  const connection = useConnection();
  if (connection.state !== 'stale') return null;
  return (
    <div
      role="status"
      className="mb-4 flex items-start gap-2 rounded-lg border border-warn/30 bg-warn-soft px-3 py-2 text-[13px] text-warn"
    >
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>
        <strong className="font-semibold">{connection.reason.replace(/\.$/, '')}.</strong> These are
        the figures of {clock(connection.since)}; nothing can be changed until it is back.
      </span>
    </div>
  );
}

/** Something that is good to know, and no fault. */
export function Note({ children }: { readonly children: ReactNode }) {
  return (
    <p className="flex items-center gap-1.5 px-4 py-2 text-xs text-ink-3">
      <Info aria-hidden className="size-3.5 shrink-0" />
      <span>{children}</span>
    </p>
  );
}
