import type { Metadata } from 'next';
import { Suspense } from 'react';
import { QueuesPage } from '../../features/queues/QueuesPage.tsx';

export const metadata: Metadata = { title: 'Queues' };

export default function Page() {
  return (
    <Suspense>
      <QueuesPage />
    </Suspense>
  );
}
