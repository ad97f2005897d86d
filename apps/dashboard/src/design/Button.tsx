import { LoaderCircle, type LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { PageLink } from './PageLink.tsx';

const LOOKS = {
  primary: 'bg-accent-fill text-white hover:brightness-110 border-transparent',
  secondary: 'bg-surface text-ink border-line-strong hover:bg-raised',
  quiet: 'border-transparent text-ink-2 hover:bg-raised hover:text-ink',
  danger: 'bg-bad-fill text-white border-transparent hover:brightness-110',
} as const;

const SHAPE =
  'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md border text-[13px] font-medium transition-colors';

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'> {
  readonly look?: keyof typeof LOOKS;
  readonly icon?: LucideIcon;
  /** Shows that it works, and takes no second click. */
  readonly busy?: boolean;
  /** Why it cannot be used now; shown on hover and read out. */
  readonly blocked?: string | undefined;
  /** An icon alone: `aria-label` must say what it does. */
  readonly iconOnly?: boolean;
}

/** A blocked button stays in the tab order, so that its reason can be heard. */
export function Button(props: ButtonProps) {
  const { look = 'secondary', icon, busy, blocked, iconOnly, className = '', ...rest } = props;
  const Icon = busy ? LoaderCircle : icon;
  const off = blocked !== undefined || busy === true;
  return (
    <button
      type="button"
      {...rest}
      aria-disabled={off || undefined}
      title={blocked ?? rest.title}
      aria-description={blocked}
      onClick={off ? (event) => event.preventDefault() : rest.onClick}
      className={`${SHAPE} aria-disabled:cursor-not-allowed aria-disabled:opacity-60 ${iconOnly ? 'w-8' : 'px-3'} ${LOOKS[look]} ${className}`}
    >
      {Icon && <Icon aria-hidden className={`size-3.5 ${busy ? 'animate-spin' : ''}`} />}
      {rest.children}
    </button>
  );
}

export interface ButtonLinkProps {
  readonly href: string;
  readonly look?: keyof typeof LOOKS;
  readonly icon?: LucideIcon;
  /** A file of this name to be saved, instead of a page. */
  readonly download?: string;
  readonly children: ReactNode;
}

/** What leads somewhere, and looks like a button. */
export function ButtonLink(props: ButtonLinkProps) {
  const { href, look = 'secondary', icon: Icon, download, children } = props;
  const className = `${SHAPE} px-3 ${LOOKS[look]}`;
  const content = (
    <>
      {Icon && <Icon aria-hidden className="size-3.5" />}
      {children}
    </>
  );
  if (download !== undefined) {
    return (
      <a href={href} download={download} className={className}>
        {content}
      </a>
    );
  }
  return (
    <PageLink href={href} className={className}>
      {content}
    </PageLink>
  );
}
