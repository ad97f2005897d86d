'use client';

import { usePathname, useSearchParams } from 'next/navigation';
import { useCallback } from 'react';

export type Change = Readonly<Record<string, string | undefined>>;

/** The query of the address as state: it can be linked, reloaded and gone back to. */
export function useUrlState() {
  const params = useSearchParams();
  const pathname = usePathname();
  const set = useCallback(
    (change: Change, { push = false }: { readonly push?: boolean } = {}) => {
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(change)) {
        if (value === undefined || value === '') next.delete(name);
        else next.set(name, value);
      }
      const query = next.toString();
      const url = query === '' ? pathname : `${pathname}?${query}`;
      if (push) window.history.pushState(null, '', url);
      else window.history.replaceState(null, '', url);
    },
    [pathname],
  );
  return { get: (name: string) => params.get(name) ?? undefined, set };
}
