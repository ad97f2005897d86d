'use client';

import dynamic from 'next/dynamic';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { useSession } from '../data/session.tsx';
import { LoginDialog } from '../features/login/LoginDialog.tsx';
import { ConnectionPill } from './ConnectionPill.tsx';
import { Keyboard } from './Keyboard.tsx';
import { Logo } from './Logo.tsx';
import { LOGIN_PATH, PLACES } from './navigation.ts';
import { PageLink } from './PageLink.tsx';
import { StaleBanner } from './states.tsx';
import { ThemeSwitch } from './ThemeSwitch.tsx';
import type { Theme } from './theme.ts';

/** Not loaded where there are no users. */
const UserMenu = dynamic(() => import('./UserMenu.tsx').then((module) => module.UserMenu));

/** Navigation beside the page, or above it where there is no room. */
export function AppShell({
  theme,
  children,
}: {
  readonly theme: Theme;
  readonly children: ReactNode;
}) {
  const { user } = useSession();
  if (usePathname() === LOGIN_PATH) return <BareShell theme={theme}>{children}</BareShell>;
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[216px_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-accent-fill focus:px-3 focus:py-2 focus:text-white"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-20 border-b border-line bg-canvas lg:h-dvh lg:border-r lg:border-b-0">
        <div className="flex h-full flex-col lg:px-3 lg:py-4">
          <div className="flex h-12 items-center justify-between px-4 lg:h-8 lg:px-2">
            <PageLink
              href="/"
              className="flex items-center gap-2 rounded font-semibold tracking-tight"
            >
              <Logo />
              Relay
            </PageLink>
            <span className="flex items-center gap-2 lg:hidden">
              <ConnectionPill />
              <ThemeSwitch theme={theme} />
              {user && <UserMenu compact />}
            </span>
          </div>
          <Navigation />
          <div className="mt-auto hidden space-y-2 lg:block">
            {user && <UserMenu />}
            <div className="flex items-center justify-between px-1">
              <ConnectionPill />
              <ThemeSwitch theme={theme} />
            </div>
          </div>
        </div>
      </header>
      <main
        id="content"
        tabIndex={-1}
        className="min-w-0 px-4 py-5 outline-none sm:px-6 lg:px-8 lg:py-7"
      >
        <div className="mx-auto max-w-7xl">
          <StaleBanner />
          {children}
        </div>
      </main>
      <Keyboard />
      <LoginDialog />
    </div>
  );
}

/** For who has not come in yet. */
function BareShell({ theme, children }: { readonly theme: Theme; readonly children: ReactNode }) {
  return (
    <main id="content" className="relative px-4 py-10">
      <span className="absolute top-3 right-3">
        <ThemeSwitch theme={theme} />
      </span>
      {children}
    </main>
  );
}

function Navigation() {
  const pathname = usePathname();
  return (
    <nav aria-label="Main" className="overflow-x-auto px-1.5 pb-2 sm:px-2 lg:mt-5 lg:px-0 lg:pb-0">
      <ul className="flex justify-between sm:justify-start sm:gap-1 lg:flex-col lg:gap-0.5">
        {PLACES.map(({ href, label, icon: Icon, letter }) => {
          const current = href === '/' ? pathname === '/' : pathname.startsWith(href);
          return (
            <li key={href}>
              <PageLink
                href={href}
                aria-current={current ? 'page' : undefined}
                title={`g ${letter}`}
                className="flex h-8 items-center gap-2.5 rounded-md px-1.5 text-xs font-medium sm:px-2.5 sm:text-[13px] whitespace-nowrap text-ink-2 transition-colors hover:bg-raised hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent"
              >
                <Icon aria-hidden className="hidden size-4 sm:block" />
                {label}
              </PageLink>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

export interface PageHeaderProps {
  /** The page that this one is a part of. */
  readonly under?: { readonly href: string; readonly label: ReactNode };
  readonly title: ReactNode;
  /** An empty text keeps the place of one that is on its way. */
  readonly note?: ReactNode;
  readonly children?: ReactNode;
}

/** A page's heading, with its actions at the right. */
export function PageHeader({ under, title, note, children }: PageHeaderProps) {
  return (
    <div className="mb-5 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <div className="min-w-0">
        <h1 className="space-x-2 text-xl leading-8 font-semibold tracking-tight wrap-anywhere">
          {under && (
            <>
              <PageLink href={under.href} className="rounded text-ink-3 hover:text-ink">
                {under.label}
              </PageLink>
              <span aria-hidden className="text-ink-3">
                /
              </span>
            </>
          )}
          {title}
        </h1>
        {note !== undefined && <div className="min-h-5 text-[13px] text-ink-2">{note}</div>}
      </div>
      {children && (
        <div className="flex flex-wrap items-center gap-2 max-sm:w-full">{children}</div>
      )}
    </div>
  );
}
