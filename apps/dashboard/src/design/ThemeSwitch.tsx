'use client';

import { Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { Button } from './Button.tsx';
import type { Theme } from './theme.ts';

const NEXT = { system: 'light', light: 'dark', dark: 'system' } as const;
const ICONS = { system: Monitor, light: Sun, dark: Moon } as const;
const YEAR_S = 31_536_000;

/** System, light, dark. Kept in a cookie, so that the server's first page has it already. */
export function ThemeSwitch({ theme }: { readonly theme: Theme }) {
  const [current, setCurrent] = useState(theme);
  const change = () => {
    const next = NEXT[current];
    setCurrent(next);
    if (next === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = next;
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie store is not in every browser yet.
    document.cookie = `relay-theme=${next}; path=/; max-age=${YEAR_S}; samesite=strict`;
  };
  return (
    <Button
      look="quiet"
      iconOnly
      icon={ICONS[current]}
      aria-label={`Theme: ${current}. Change to ${NEXT[current]}`}
      title={`Theme: ${current}`}
      onClick={change}
    />
  );
}
