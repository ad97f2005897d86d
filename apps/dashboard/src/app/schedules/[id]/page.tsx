import type { Metadata } from 'next';
import { schedulePath } from '../../../data/paths.ts';
import { SchedulePage } from '../../../features/schedules/SchedulePage.tsx';
import { readEarly } from '../../../server/read-early.ts';
import { segment } from '../../../server/segment.ts';

type Props = { readonly params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: segment((await params).id) };
}

export default async function Page({ params }: Props) {
  const id = segment((await params).id);
  readEarly(schedulePath(id));
  return <SchedulePage id={id} />;
}
