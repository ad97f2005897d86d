'use client';

import dynamic from 'next/dynamic';
import { type ReactNode, useId, useState } from 'react';
import { Button } from './Button.tsx';

export interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly children: ReactNode;
  /** Room for a form, which a press beside it does not close. */
  readonly wide?: boolean;
}

const DialogWindow = dynamic(() =>
  import('./DialogWindow.tsx').then((module) => module.DialogWindow),
);

/** A window above the page. What draws it is loaded when the first one opens. */
export function Dialog(props: DialogProps) {
  const [wanted, setWanted] = useState(props.open);
  if (props.open && !wanted) setWanted(true);
  return wanted ? <DialogWindow {...props} /> : null;
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
              className="mt-1.5 h-9 w-full rounded-md border border-line-strong bg-field px-3 font-mono text-base sm:text-[13px]"
            />
          </div>
        )}
        <DialogEnd error={error} onCancel={() => onOpenChange(false)}>
          <Button
            type="submit"
            look={props.danger ? 'danger' : 'primary'}
            busy={busy ?? false}
            blocked={blocked ?? missing}
          >
            {action}
          </Button>
        </DialogEnd>
      </form>
    </Dialog>
  );
}

export interface DialogEndProps {
  /** Why it was not done. */
  readonly error: Error | null | undefined;
  readonly onCancel: () => void;
  /** The button that does it. */
  readonly children: ReactNode;
}

/** The last lines of a dialog. */
export function DialogEnd({ error, onCancel, children }: DialogEndProps) {
  return (
    <>
      {error && (
        <p role="alert" className="mt-3 text-[13px] text-bad">
          {error.message}
        </p>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        {children}
      </div>
    </>
  );
}
