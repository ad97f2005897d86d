'use client';

import { Popover } from '@base-ui/react/popover';
import { LogOut } from 'lucide-react';
import { useState } from 'react';
import { logOut } from '../data/login.ts';
import { useSession } from '../data/session.tsx';
import { Button } from './Button.tsx';
import { LOGIN_PATH } from './navigation.ts';

/** Who is logged in and as what, and the way out. Nothing where there are no users. */
export function UserMenu({ compact = false }: { readonly compact?: boolean }) {
  const { user } = useSession();
  if (user === null) return null;
  const { name, role } = user;
  return (
    <Popover.Root>
      <Popover.Trigger
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
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner
          side={compact ? 'bottom' : 'top'}
          align={compact ? 'end' : 'start'}
          sideOffset={6}
          className="z-30"
        >
          <Popover.Popup className="w-52 rounded-lg border border-line bg-surface p-3 shadow-float">
            <Popover.Title className="truncate text-[13px] font-medium">{name}</Popover.Title>
            <Popover.Description className="mb-3 text-xs text-ink-2">
              Logged in as {role}
            </Popover.Description>
            <LogOutButton />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
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
