import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SchedulePage } from '../../../features/schedules/SchedulePage.tsx';
import { segment } from '../../../server/segment.ts';

type Props = { readonly params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: segment((await params).id) };
}

export default async function Page({ params }: Props) {
  return (
    <Suspense>
      <SchedulePage id={segment((await params).id)} />
    </Suspense>
  );
}
