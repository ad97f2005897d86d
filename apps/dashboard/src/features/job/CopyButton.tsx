'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../../design/Button.tsx';
import { Dialog } from '../../design/Dialog.tsx';
import { CodeInput } from '../../design/Field.tsx';

/** How long the button says that it is done, in ms. */
const SAID_MS = 2_000;

export interface CopyButtonProps {
  readonly label: string;
  readonly title: string;
  readonly text: () => string;
}

/** Copies a text. Where the browser does not let us, it is shown to be copied by hand. */
export function CopyButton({ label, title, text }: CopyButtonProps) {
  const [done, setDone] = useState(false);
  const [shown, setShown] = useState<string>();
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    const copied = text();
    try {
      await navigator.clipboard.writeText(copied);
      setDone(true);
    } catch {
      setShown(copied);
    }
  };
  return (
    <>
      <Button icon={done ? Check : Copy} title={title} onClick={() => void copy()}>
        {done ? 'Copied' : label}
      </Button>
      <Dialog
        open={shown !== undefined}
        onOpenChange={() => setShown(undefined)}
        title={title}
        wide
      >
        <CodeInput
          readOnly
          aria-label={title}
          rows={12}
          value={shown ?? ''}
          onFocus={(event) => event.target.select()}
        />
      </Dialog>
    </>
  );
}
