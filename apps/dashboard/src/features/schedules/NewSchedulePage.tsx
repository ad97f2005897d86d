'use client';

import { ShieldX } from 'lucide-react';
import { useMay } from '../../data/session.tsx';
import { PageHeader } from '../../design/AppShell.tsx';
import { Panel } from '../../design/Loading.tsx';
import { EmptyState } from '../../design/states.tsx';
import { ScheduleForm } from './ScheduleForm.tsx';

/** Defines a schedule. */
export function NewSchedulePage() {
  const may = useMay();
  return (
    <>
      <PageHeader under={{ href: '/schedules', label: 'Schedules' }} title="New" />
      {may('queues.operate') ? (
        <ScheduleForm />
      ) : (
        <Panel>
          <EmptyState icon={ShieldX} title="Your role does not allow this">
            Only operators can create schedules.
          </EmptyState>
        </Panel>
      )}
    </>
  );
}
