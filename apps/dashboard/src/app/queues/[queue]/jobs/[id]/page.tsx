import type { Metadata } from 'next';
import { jobPath } from '../../../../../data/paths.ts';
import { JobPage } from '../../../../../features/job/JobPage.tsx';
import { readEarly } from '../../../../../server/read-early.ts';
import { segment } from '../../../../../server/segment.ts';

export const metadata: Metadata = { title: 'Job' };

type Props = { readonly params: Promise<{ queue: string; id: string }> };

export default async function Page({ params }: Props) {
  const { queue, id } = await params;
  const job = { queue: segment(queue), id: segment(id) };
  readEarly(jobPath(job.queue, job.id));
  return <JobPage {...job} />;
}
