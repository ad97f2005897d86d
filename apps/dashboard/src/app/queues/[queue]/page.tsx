import type { Metadata } from 'next';
import { jobsPath, queuePath } from '../../../data/paths.ts';
import { jobsAsked, tabAsked } from '../../../features/queue/asked.ts';
import { QueuePage } from '../../../features/queue/QueuePage.tsx';
import { readEarly } from '../../../server/read-early.ts';
import { segment } from '../../../server/segment.ts';

type Props = {
  readonly params: Promise<{ queue: string }>;
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
};

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: segment((await params).queue) };
}

export default async function Page({ params, searchParams }: Props) {
  const name = segment((await params).queue);
  const query = await searchParams;
  const get = (part: string) => [query[part]].flat()[0];
  const jobs = tabAsked(get) === 'jobs' ? jobsAsked(get) : undefined;
  readEarly(queuePath(name), ...(jobs === undefined ? [] : [jobsPath(name, jobs)]));
  return <QueuePage name={name} />;
}
