import { type RefObject, useEffect, useRef, useState } from 'react';

/** Shorter lists stand in the page as they are. */
const WHOLE_UP_TO = 60;
/** Of a longer one, until the screen has been looked at. */
const FIRST = 30;
/** Rows beyond each edge of the screen. */
const MARGIN = 15;
const MOST = 200;

export interface RowWindow {
  /** For the rows' parent. */
  readonly ref: RefObject<HTMLTableSectionElement | null>;
  readonly first: number;
  /** Exclusive. */
  readonly last: number;
}

/** Which of many rows of the same height are near the screen. */
export function useRowWindow(count: number, rowPx: number): RowWindow {
  const ref = useRef<HTMLTableSectionElement>(null);
  const [seen, setSeen] = useState({ first: 0, last: FIRST });
  const windowed = count > WHOLE_UP_TO;
  useEffect(() => {
    if (!windowed) return;
    const look = () => {
      const top = ref.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / rowPx) - MARGIN);
      const last = Math.min(first + MOST, Math.ceil((window.innerHeight - top) / rowPx) + MARGIN);
      setSeen((old) => (old.first === first && old.last === last ? old : { first, last }));
    };
    look();
    window.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    return () => {
      window.removeEventListener('scroll', look);
      window.removeEventListener('resize', look);
    };
  }, [windowed, rowPx]);
  if (!windowed) return { ref, first: 0, last: count };
  const first = Math.min(seen.first, Math.max(0, count - 1));
  return { ref, first, last: Math.min(count, Math.max(seen.last, first + 1)) };
}
