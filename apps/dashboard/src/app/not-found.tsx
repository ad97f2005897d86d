'use client';

import { Compass } from 'lucide-react';
import { PageLink } from '../design/PageLink.tsx';
import { EmptyState } from '../design/states.tsx';

export default function NotFound() {
  return (
    <EmptyState icon={Compass} title="Page not found">
      <PageLink href="/" className="text-accent underline underline-offset-2">
        Go to the overview
      </PageLink>
    </EmptyState>
  );
}
