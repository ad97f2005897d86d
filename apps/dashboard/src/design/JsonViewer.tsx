'use client';

import { ChevronRight } from 'lucide-react';
import { useMemo, useState } from 'react';
import { indented } from '../data/json-text.ts';
import { Button } from './Button.tsx';
import { bytes } from './format.ts';

/** More is drawn when it is asked for: a megabyte of text would hold the page up. */
const FIRST_CHARACTERS = 65_536;

export interface JsonViewerProps {
  readonly label: string;
  /** JSON as it came; shown as text, whatever it holds. */
  readonly text: string | undefined;
  readonly open?: boolean;
}

/** JSON in lines, as text. */
export function JsonViewer({ label, text, open = false }: JsonViewerProps) {
  const [shown, setShown] = useState(open);
  const [whole, setWhole] = useState(false);
  const nothing = text === undefined || text === 'null';
  const lines = useMemo(
    () => (shown && text !== undefined ? visible(text, whole) : ''),
    [shown, text, whole],
  );
  return (
    <details
      open={shown}
      onToggle={(event) => setShown(event.currentTarget.open)}
      className="group rounded-xl border border-line bg-surface shadow-lift"
    >
      <summary className="flex h-11 list-none items-center gap-2 px-4 text-[13px] font-semibold [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="size-3.5 text-ink-3 transition-transform group-open:rotate-90"
        />
        {label}
        <span className="ml-auto text-xs font-normal text-ink-3">
          {nothing ? 'none' : bytes(text.length)}
        </span>
      </summary>
      {shown && !nothing && (
        <div className="border-t border-line">
          <section
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
            tabIndex={0}
            aria-label={label}
            className="max-h-120 overflow-auto px-4 py-3"
          >
            <pre className="font-mono text-xs leading-5 break-all whitespace-pre-wrap">{lines}</pre>
          </section>
          {text.length > FIRST_CHARACTERS && !whole && (
            <div className="flex items-center gap-3 border-t border-line px-4 py-2 text-xs text-ink-2">
              The first {bytes(FIRST_CHARACTERS)} of {bytes(text.length)}.
              <Button onClick={() => setWhole(true)}>Show all</Button>
            </div>
          )}
        </div>
      )}
    </details>
  );
}

function visible(text: string, whole: boolean): string {
  return indented(whole ? text : text.slice(0, FIRST_CHARACTERS)).slice(
    0,
    whole ? undefined : FIRST_CHARACTERS,
  );
}
