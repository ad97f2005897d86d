'use client';

import Link from 'next/link';
import { type ComponentProps, useState } from 'react';

export type PageLinkProps = Omit<ComponentProps<typeof Link>, 'prefetch'>;

/**
 * A link to another page, which is loaded ahead once the reader points at the link. Next's own way is to load it as soon
 * as the link is in sight: in a list of 50 those are a hundred requests, which the page's own figures stood behind.
 */
export function PageLink(props: PageLinkProps) {
  const [near, setNear] = useState(false);
  const approach = () => setNear(true);
  return (
    <Link {...props} prefetch={near ? null : false} onPointerEnter={approach} onFocus={approach} />
  );
}
