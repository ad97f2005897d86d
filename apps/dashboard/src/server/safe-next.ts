const BASE = 'http://here.invalid';

/** Where to go after the login: one of our own pages, whatever the address says. */
export function safeNext(text: string | undefined): string {
  if (text === undefined || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(text)) return '/';
  if (!URL.canParse(text, BASE)) return '/';
  const { origin, pathname, search, hash } = new URL(text, BASE);
  // `/.//evil.example` is a path here and another host there.
  const leads = origin === BASE && !pathname.startsWith('//');
  if (!leads || /^\/(login|api)(\/|$)/.test(pathname)) return '/';
  return `${pathname}${search}${hash}`;
}
