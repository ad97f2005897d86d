import type { ReactNode } from 'react';
import { PageLink } from './PageLink.tsx';

export interface RowLinkProps {
  readonly href: string;
  /** Shown on hover: what may have been cut. */
  readonly title: string | undefined;
  /** Below the link in a narrow table: what its hidden columns say. */
  readonly below?: ReactNode;
  /** For ids. */
  readonly mono?: boolean;
  readonly children: ReactNode;
}

/** What a row is about, as a link to its page. */
export function RowLink({ href, title, below, mono = false, children }: RowLinkProps) {
  return (
    <span className="block min-w-0 leading-4.5">
      <PageLink
        href={href}
        title={title}
        className={`block truncate rounded hover:underline hover:underline-offset-2 ${mono ? 'font-mono text-xs' : 'font-medium'}`}
      >
        {children}
      </PageLink>
      {below && <bdi className="block truncate text-xs text-ink-2 @xl:hidden">{below}</bdi>}
    </span>
  );
}
