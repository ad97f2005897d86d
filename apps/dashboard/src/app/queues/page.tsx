import type { Metadata } from 'next';
import { queuesPath } from '../../data/paths.ts';
import { QueuesPage } from '../../features/queues/QueuesPage.tsx';
import { readEarly } from '../../server/read-early.ts';

export const metadata: Metadata = { title: 'Queues' };

export default function Page() {
  readEarly(queuesPath());
  return <QueuesPage />;
}
