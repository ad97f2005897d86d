'use client';

import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

export interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

/** `/` leads here, Escape empties it. */
export function SearchField({ label, value, onChange }: SearchFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  // The address follows a moment later; who types fast must not be overtaken by it.
  const [text, setText] = useState(value);
  useEffect(() => {
    if (document.activeElement !== field.current) setText(value);
  }, [value]);
  const change = (next: string) => {
    setText(next);
    onChange(next);
  };
  return (
    <label className="relative block grow sm:grow-0">
      <span className="sr-only">{label}</span>
      <Search
        aria-hidden
        className="pointer-events-none absolute top-2.25 left-2.5 size-3.5 text-ink-3"
      />
      <input
        ref={field}
        type="search"
        value={text}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && change('')}
        className="h-8 w-full rounded-md border border-line-strong bg-surface pr-2 pl-8 text-base placeholder:text-ink-3 sm:w-52 sm:text-[13px]"
      />
    </label>
  );
}
