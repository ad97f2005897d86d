'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { sessionState } from '../data/session-state.ts';
import { Button } from './Button.tsx';

export interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly children: ReactNode;
  readonly wide?: boolean;
}

/** A window above the page. Focus stays in it, and goes back to where it came from. */
export function Dialog({ open, onOpenChange, title, children, wide = false }: DialogProps) {
  return (
    <Base.Root
      open={open}
      // A press in the dialog above, which asks for a login, is no wish to leave this one.
      onOpenChange={(next) => (next || !sessionState().ended) && onOpenChange(next)}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-(--shade) transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          className={`fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-xl border border-line bg-surface p-5 shadow-float transition-[opacity,scale] duration-150 data-ending-style:scale-98 data-ending-style:opacity-0 data-starting-style:scale-98 data-starting-style:opacity-0 ${wide ? 'max-w-2xl' : 'max-w-md'}`}
        >
          <div className="mb-3 flex items-start justify-between gap-3">
            <Base.Title className="text-base font-semibold tracking-tight break-words">
              {title}
            </Base.Title>
            <Base.Close
              render={
                <Button look="quiet" iconOnly icon={X} aria-label="Close" className="-mt-1 -mr-2" />
              }
            />
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

export interface ConfirmDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  /** What will happen, with how many. */
  readonly children: ReactNode;
  /** What the button says: the action itself, never "OK". */
  readonly action: string;
  readonly danger?: boolean;
  /** Must be typed before the action can be taken. */
  readonly typeName?: string;
  readonly busy?: boolean;
  readonly blocked?: string | undefined;
  readonly error?: Error | null;
  readonly onConfirm: () => void;
}

/** Asks before something is done that cannot be undone, or is done to many. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onOpenChange, title, children, action, typeName, busy, blocked, error } = props;
  const [typed, setTyped] = useState('');
  const field = useId();
  const missing = typeName !== undefined && typed !== typeName ? 'Type the name first' : undefined;
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (missing === undefined && blocked === undefined && !busy) props.onConfirm();
        }}
      >
        <div className="text-[13px] break-words text-ink-2">{children}</div>
        {typeName !== undefined && (
          <div className="mt-4">
            <label htmlFor={field} className="text-[13px]">
              Type <strong className="font-mono font-medium break-all">{typeName}</strong> to go on
            </label>
            <input
              id={field}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              autoComplete="off"
              spellCheck={false}
              className="mt-1.5 h-9 w-full rounded-md border border-line-strong bg-canvas px-3 font-mono text-[13px]"
            />
          </div>
        )}
        {error && (
          <p role="alert" className="mt-3 text-[13px] text-bad">
            {error.message}
          </p>
        )}
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button
            type="submit"
            look={props.danger ? 'danger' : 'primary'}
            busy={busy ?? false}
            blocked={blocked ?? missing}
          >
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
