import type { Metadata } from 'next';
import { operationPath } from '../../../data/paths.ts';
import { OperationPage } from '../../../features/operation/OperationPage.tsx';
import { readEarly } from '../../../server/read-early.ts';
import { segment } from '../../../server/segment.ts';

export const metadata: Metadata = { title: 'Operation' };

type Props = { readonly params: Promise<{ id: string }> };

export default async function Page({ params }: Props) {
  const id = segment((await params).id);
  readEarly(operationPath(id));
  return <OperationPage id={id} />;
}
