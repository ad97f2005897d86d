'use client';

import { LogOut } from 'lucide-react';
import { useId, useState } from 'react';
import { logOut } from '../data/login.ts';
import { useSession } from '../data/session.tsx';
import { Button } from './Button.tsx';
import { LOGIN_PATH } from './navigation.ts';

/** Who is logged in and as what, and the way out. Nothing where there are no users. */
export function UserMenu({ compact = false }: { readonly compact?: boolean }) {
  const { user } = useSession();
  const id = useId();
  if (user === null) return null;
  const { name, role } = user;
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        data-testid="user"
        aria-label={`${name}, ${role}`}
        className={`flex min-w-0 items-center gap-2 rounded-md text-left transition-colors hover:bg-raised ${compact ? 'size-8 justify-center' : 'w-full px-2 py-1.5'}`}
      >
        <span
          aria-hidden
          className="grid size-6 shrink-0 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent uppercase"
        >
          {name.slice(0, 1)}
        </span>
        {!compact && (
          <span className="min-w-0 leading-4">
            <span className="block truncate text-[13px] font-medium">{name}</span>
            <span className="block text-xs text-ink-3">{role}</span>
          </span>
        )}
      </button>
      {/* The browser's own: it closes by itself, and its place is always the same. */}
      <div
        id={id}
        popover="auto"
        className={`fixed w-52 rounded-lg border border-line bg-surface p-3 text-ink shadow-float ${compact ? 'inset-[3rem_1rem_auto_auto]' : 'inset-[auto_auto_6.5rem_0.75rem]'}`}
      >
        <p className="truncate text-[13px] font-medium">{name}</p>
        <p className="mb-3 text-xs text-ink-2">Logged in as {role}</p>
        <LogOutButton />
      </div>
    </>
  );
}

function LogOutButton() {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const leave = async () => {
    setBusy(true);
    try {
      await logOut();
      // A page of its own: nothing of what was read stays in memory.
      location.assign(LOGIN_PATH);
    } catch (error) {
      setBusy(false);
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <Button icon={LogOut} busy={busy} onClick={() => void leave()} className="w-full">
        Log out
      </Button>
      {fault !== undefined && (
        <p role="alert" className="mt-2 text-xs text-bad">
          {fault}
        </p>
      )}
    </>
  );
}
