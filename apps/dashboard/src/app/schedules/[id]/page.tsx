import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SchedulePage } from '../../../features/schedules/SchedulePage.tsx';

type Props = { readonly params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).id) };
}

export default async function Page({ params }: Props) {
  return (
    <Suspense>
      <SchedulePage id={decodeURIComponent((await params).id)} />
    </Suspense>
  );
}
