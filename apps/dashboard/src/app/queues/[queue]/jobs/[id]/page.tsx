import type { Metadata } from 'next';
import { JobPage } from '../../../../../features/job/JobPage.tsx';
import { segment } from '../../../../../server/segment.ts';

export const metadata: Metadata = { title: 'Job' };

type Props = { readonly params: Promise<{ queue: string; id: string }> };

export default async function Page({ params }: Props) {
  const { queue, id } = await params;
  return <JobPage queue={segment(queue)} id={segment(id)} />;
}
