import type { Metadata } from 'next';
import { NewSchedulePage } from '../../features/schedules/NewSchedulePage.tsx';

export const metadata: Metadata = { title: 'New schedule' };

export default function Page() {
  return <NewSchedulePage />;
}
