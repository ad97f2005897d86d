'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { Dialog } from './Dialog.tsx';
import { PLACES } from './navigation.ts';

/** How long `g` waits for its letter, in ms. */
const CHORD_MS = 1_500;

/** The keys that work on every page; `?` lists them. */
export function Keyboard() {
  const router = useRouter();
  const [help, setHelp] = useState(false);
  useEffect(() => {
    let chordUntil = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role=dialog],[role=alertdialog]') !== null) return;
      const chord = event.timeStamp < chordUntil;
      chordUntil = event.key === 'g' ? event.timeStamp + CHORD_MS : 0;
      const place = PLACES.find(({ letter }) => chord && letter === event.key);
      if (place !== undefined) router.push(place.href);
      else if (event.key === '?') setHelp(true);
      else if (event.key === '/') focusSearch(event);
      else if (event.key === 'j' || event.key === 'k') moveRow(event.key === 'j' ? 1 : -1);
      else if (event.key === 'x') currentRow()?.querySelector<HTMLElement>('input')?.click();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [router]);
  return (
    <Dialog open={help} onOpenChange={setHelp} title="Keyboard">
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-5 gap-y-2.5 text-[13px]">
        {PLACES.map(({ letter, label }) => (
          <Keys key={letter} keys={['g', letter]} text={`Go to ${label.toLowerCase()}`} />
        ))}
        <Keys keys={['/']} text="Search" />
        <Keys keys={['j']} text="Next row" />
        <Keys keys={['k']} text="Previous row" />
        <Keys keys={['↵']} text="Open the row" />
        <Keys keys={['x']} text="Select the row" />
        <Keys keys={['?']} text="This list" />
      </dl>
    </Dialog>
  );
}

function Keys({ keys, text }: { readonly keys: readonly string[]; readonly text: string }) {
  return (
    <>
      <dt className="flex gap-1">
        {keys.map((key) => (
          <kbd
            key={key}
            className="grid h-6 min-w-6 place-items-center rounded border border-line-strong bg-raised px-1.5 font-mono text-xs"
          >
            {key}
          </kbd>
        ))}
      </dt>
      <dd className="text-ink-2">{text}</dd>
    </>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches('input:not([type=checkbox]),textarea,select')
  );
}

function focusSearch(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>('input[type=search]');
  if (field === null) return;
  event.preventDefault();
  field.focus();
}

function currentRow(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>('[data-row]') ?? null;
}

/** Focus goes to the row's first link, so Enter opens it. */
function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const row = currentRow();
  const at = row === null ? (step === 1 ? -1 : rows.length) : rows.indexOf(row);
  rows[at + step]?.querySelector<HTMLElement>('a')?.focus();
}
