import type { Metadata } from 'next';
import { Suspense } from 'react';
import { QueuePage } from '../../../features/queue/QueuePage.tsx';
import { segment } from '../../../server/segment.ts';

type Props = { readonly params: Promise<{ queue: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: segment((await params).queue) };
}

export default async function Page({ params }: Props) {
  return (
    <Suspense>
      <QueuePage name={segment((await params).queue)} />
    </Suspense>
  );
}
