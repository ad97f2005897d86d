import type { Metadata } from 'next';
import { WORKERS_PATH } from '../../data/paths.ts';
import { WorkersPage } from '../../features/workers/WorkersPage.tsx';
import { readEarly } from '../../server/read-early.ts';

export const metadata: Metadata = { title: 'Workers' };

export default function Page() {
  readEarly(WORKERS_PATH);
  return <WorkersPage />;
}
