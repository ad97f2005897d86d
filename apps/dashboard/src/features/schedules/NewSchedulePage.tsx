'use client';

import Link from 'next/link';
import { PageHeader } from '../../design/AppShell.tsx';
import { ScheduleForm } from './ScheduleForm.tsx';

/** Defines a schedule. */
export function NewSchedulePage() {
  return (
    <>
      <PageHeader
        title={
          <>
            <Link href="/schedules" className="rounded text-ink-3 hover:text-ink">
              Schedules
            </Link>
            <span aria-hidden className="text-ink-3">
              /
            </span>
            New
          </>
        }
      />
      <ScheduleForm />
    </>
  );
}
