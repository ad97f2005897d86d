'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { sessionState } from '../data/session-state.ts';
import { Button } from './Button.tsx';
import type { DialogProps } from './Dialog.tsx';

/** A window above the page. Focus stays in it, and goes back to where it came from. */
export function DialogWindow({ open, onOpenChange, title, children, wide = false }: DialogProps) {
  return (
    <Base.Root
      open={open}
      // Nor is a press beside a form a wish to lose what was typed.
      disablePointerDismissal={wide}
      // A press in the dialog above, which asks for a login, is no wish to leave this one.
      onOpenChange={(next) => (next || !sessionState().ended) && onOpenChange(next)}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-(--shade) transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          className={`fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-xl border border-line bg-surface p-5 shadow-float transition-[opacity,scale] duration-150 data-ending-style:scale-98 data-ending-style:opacity-0 data-starting-style:scale-98 data-starting-style:opacity-0 ${wide ? 'max-w-2xl' : 'max-w-md'}`}
        >
          <div className="mb-3 flex items-start justify-between gap-3">
            <Base.Title className="min-w-0 text-base font-semibold tracking-tight break-words">
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
