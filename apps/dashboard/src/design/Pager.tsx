'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useUrlState } from '../data/url-state.ts';
import { Button } from './Button.tsx';

/** To the next page of a list and back to its beginning; the place stands in the address. */
export function Pager({ next }: { readonly next: string | null }) {
  const { get, set } = useUrlState();
  const inside = get('cursor') !== undefined;
  if (!inside && next === null) return null;
  return (
    <div className="flex justify-end gap-2 border-t border-line px-4 py-2">
      <Button
        icon={ChevronLeft}
        blocked={inside ? undefined : 'This is the beginning'}
        onClick={() => set({ cursor: undefined }, { push: true })}
      >
        Beginning
      </Button>
      <Button
        icon={ChevronRight}
        blocked={next === null ? 'This is the end' : undefined}
        onClick={() => set({ cursor: next ?? undefined }, { push: true })}
      >
        Next
      </Button>
    </div>
  );
}
