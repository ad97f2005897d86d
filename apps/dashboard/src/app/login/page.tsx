import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { LoginPage } from '../../features/login/LoginPage.tsx';
import { authOfProcess } from '../../server/auth/auth.ts';
import { safeNext } from '../../server/safe-next.ts';

export const metadata: Metadata = { title: 'Log in' };

export default async function Page({ searchParams }: PageProps<'/login'>) {
  const { next } = await searchParams;
  const target = safeNext(typeof next === 'string' ? next : undefined);
  const auth = authOfProcess();
  if (auth === null || auth.visitor(await headers()) !== undefined) redirect(target);
  return <LoginPage next={target} />;
}
