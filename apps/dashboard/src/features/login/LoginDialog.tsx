'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useId, useRef } from 'react';
import { createPortal } from 'react-dom';
import { lookForLogin } from '../../data/login.ts';
import { useSession } from '../../data/session.tsx';
import { LoginForm } from './LoginForm.tsx';

/**
 * Asks for a login above whatever is open, dialogs among it, and leaves all of that as it is: what was
 * typed can be sent again. The browser's own dialog, since it lies above every other.
 */
export function LoginDialog() {
  const { user, ended } = useSession();
  const client = useQueryClient();
  const wasEnded = useRef(false);
  useEffect(() => {
    if (wasEnded.current && !ended) void client.invalidateQueries();
    wasEnded.current = ended;
  }, [ended, client]);
  if (!ended) return null;
  return createPortal(<Asking name={user?.name ?? ''} />, document.body);
}

function Asking({ name }: { readonly name: string }) {
  const title = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLInputElement>('input[type=password]')?.focus();
    const look = () => void lookForLogin();
    window.addEventListener('focus', look);
    return () => {
      window.removeEventListener('focus', look);
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={title}
      onCancel={(event) => event.preventDefault()}
      className="m-auto w-[calc(100vw-2rem)] max-w-sm rounded-xl border border-line bg-surface p-5 text-ink shadow-float backdrop:bg-(--shade)"
    >
      <h2 id={title} className="text-base font-semibold tracking-tight">
        Your session has ended
      </h2>
      <p className="mt-1 mb-4 text-[13px] text-ink-2">
        Log in to continue. What you typed is still there.
      </p>
      <LoginForm name={name} />
    </dialog>
  );
}
