import type { Metadata } from 'next';
import { GROUPS_PATH } from '../../data/paths.ts';
import { DeadPage } from '../../features/dead/DeadPage.tsx';
import { readEarly } from '../../server/read-early.ts';

export const metadata: Metadata = { title: 'Dead letters' };

export default function Page() {
  readEarly(GROUPS_PATH);
  return <DeadPage />;
}
