'use client';

import { useId, useRef, useState } from 'react';
import { ApiError } from '../../data/api.ts';
import { logIn } from '../../data/login.ts';
import { Button } from '../../design/Button.tsx';

export interface LoginFormProps {
  /** Filled in already. */
  readonly name?: string;
  readonly onDone?: () => void;
}

const FIELD =
  'mt-1 h-10 w-full rounded-md border border-line-strong bg-field px-3 text-base sm:h-9 sm:text-[13px]';

/** Name and password. What is wrong with them is not said: it would tell names apart. */
export function LoginForm({ name = '', onDone }: LoginFormProps) {
  const id = useId();
  const password = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const submit = async (fields: FormData) => {
    setBusy(true);
    setFault(undefined);
    try {
      await logIn(textOf(fields.get('name')), textOf(fields.get('password')));
      onDone?.();
    } catch (error) {
      setBusy(false);
      setFault(faultOf(error));
      password.current?.select();
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void submit(new FormData(event.currentTarget));
      }}
      aria-describedby={`${id}-fault`}
    >
      <label htmlFor={`${id}-name`} className="text-[13px] text-ink-2">
        Name
      </label>
      <input
        id={`${id}-name`}
        name="name"
        required
        maxLength={64}
        defaultValue={name}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        className={FIELD}
      />
      <label htmlFor={`${id}-password`} className="mt-3 block text-[13px] text-ink-2">
        Password
      </label>
      <input
        ref={password}
        id={`${id}-password`}
        name="password"
        type="password"
        required
        maxLength={1024}
        autoComplete="current-password"
        className={FIELD}
      />
      <p id={`${id}-fault`} role="alert" className="mt-2 min-h-5 text-[13px] text-bad">
        {fault}
      </p>
      <Button type="submit" look="primary" busy={busy} className="mt-1 h-10 w-full sm:h-9">
        Log in
      </Button>
    </form>
  );
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value : '';
}

function faultOf(error: unknown): string {
  if (!(error instanceof ApiError)) throw error;
  return error.code === 'too-many-logins' ? `Too many attempts. ${error.message}` : error.message;
}
