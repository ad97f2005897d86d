'use client';

import { LockKeyhole, type LucideIcon, RefreshCw, TriangleAlert, Unplug, Zap } from 'lucide-react';
import { type Connection, useConnection } from '../data/connection.ts';
import { useSession } from '../data/session.tsx';
import { clock } from './format.ts';

interface Look {
  readonly icon: LucideIcon;
  readonly text: string;
  readonly hint: string;
  readonly classes: string;
}

/** How fresh the page is, in a word. */
export function ConnectionPill() {
  const connection = lookOf(useConnection());
  const { icon: Icon, text, hint, classes } = useSession().ended ? SIGNED_OUT : connection;
  return (
    <span
      role="status"
      data-testid="connection"
      title={hint}
      className={`inline-flex h-6 items-center gap-1.5 rounded-full px-2.5 text-xs font-medium whitespace-nowrap ${classes}`}
    >
      <Icon aria-hidden className="size-3" />
      {text}
    </span>
  );
}

const SIGNED_OUT: Look = {
  icon: LockKeyhole,
  text: 'Signed out',
  hint: 'No data is read until you log in',
  classes: 'bg-warn-soft text-warn',
};

function lookOf(connection: Connection): Look {
  switch (connection.state) {
    case 'connecting':
      return { icon: RefreshCw, text: 'Connecting', hint: '', classes: 'bg-raised text-ink-2' };
    case 'live':
      return {
        icon: Zap,
        text: 'Live',
        hint: 'Changes appear as they happen',
        classes: 'bg-good-soft text-good',
      };
    case 'polling':
      return {
        icon: RefreshCw,
        text: 'Polling',
        hint: 'Polling every two seconds: the event stream is unavailable',
        classes: 'bg-info-soft text-info',
      };
    case 'stale':
      return {
        icon: TriangleAlert,
        text: `Stale since ${clock(connection.since)}`,
        hint: connection.reason,
        classes: 'bg-warn-soft text-warn',
      };
    case 'disconnected':
      return {
        icon: Unplug,
        text: 'Disconnected',
        hint: connection.reason,
        classes: 'bg-bad-soft text-bad',
      };
  }
}
