import type { Metadata } from 'next';
import { schedulesPath } from '../../data/paths.ts';
import { SchedulesPage } from '../../features/schedules/SchedulesPage.tsx';
import { readEarly } from '../../server/read-early.ts';

export const metadata: Metadata = { title: 'Schedules' };

type Props = {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
};

export default async function Page({ searchParams }: Props) {
  const { cursor } = await searchParams;
  readEarly(schedulesPath([cursor].flat()[0]));
  return <SchedulesPage />;
}
