import { ArrowUpRight, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Tone } from './Badge.tsx';
import { PageLink } from './PageLink.tsx';

const MARKS: Readonly<Record<Tone, string>> = {
  neutral: 'text-ink-3',
  good: 'text-good',
  warn: 'text-warn',
  bad: 'text-bad',
  info: 'text-info',
  violet: 'text-violet',
};

export interface TileProps {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly tone?: Tone;
  /** The figure. */
  readonly children: ReactNode;
  readonly note?: ReactNode;
  /** The page that tells more. */
  readonly href: string;
}

/** One figure that matters. */
export function Tile({ label, icon: Icon, tone = 'neutral', children, note, href }: TileProps) {
  return (
    <PageLink
      href={href}
      className="group flex min-w-0 flex-col rounded-xl border border-line bg-surface p-4 shadow-lift transition-colors hover:border-line-strong"
    >
      <span className="flex items-center gap-1.5 text-[13px] text-ink-2">
        <Icon aria-hidden className={`size-3.5 shrink-0 ${MARKS[tone]}`} />
        <span className="truncate">{label}</span>
        <ArrowUpRight
          aria-hidden
          className="ml-auto size-3.5 shrink-0 text-ink-3 opacity-0 transition-opacity group-hover:opacity-100"
        />
      </span>
      <span
        className={`mt-2 text-[26px] leading-8 font-semibold tracking-tight tabular-nums ${tone === 'bad' || tone === 'warn' ? MARKS[tone] : ''}`}
      >
        {children}
      </span>
      <span className="mt-1 min-h-4.5 truncate text-xs text-ink-3">{note}</span>
    </PageLink>
  );
}

export interface CardProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}

/** A part of a page under a heading. */
export function Card({ title, aside, children, className = '' }: CardProps) {
  return (
    <section
      className={`min-w-0 rounded-xl border border-line bg-surface shadow-lift ${className}`}
      aria-label={title}
    >
      <header className="flex min-h-11 items-center justify-between gap-3 px-4 pt-1">
        <h2 className="text-[13px] font-semibold whitespace-nowrap">{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
