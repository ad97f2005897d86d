'use client';

import { Compass } from 'lucide-react';
import Link from 'next/link';
import { EmptyState } from '../design/states.tsx';

export default function NotFound() {
  return (
    <EmptyState icon={Compass} title="There is no such page">
      <Link href="/" className="text-accent underline underline-offset-2">
        Go to the overview
      </Link>
    </EmptyState>
  );
}
