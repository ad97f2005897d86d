import type { Metadata } from 'next';
import { OperationPage } from '../../../features/operation/OperationPage.tsx';
import { segment } from '../../../server/segment.ts';

export const metadata: Metadata = { title: 'Operation' };

type Props = { readonly params: Promise<{ id: string }> };

export default async function Page({ params }: Props) {
  return <OperationPage id={segment((await params).id)} />;
}
