import type { DeadLetterGroup, JobSummary } from '@relay/contract';
import type { Column } from '../../design/StatTable.tsx';

/** What a job died of, in a line; empty for one that did not. */
export function whyDead({ error, reason }: Pick<DeadLetterGroup, 'error' | 'reason'>): string {
  if (error === null) return reason?.replaceAll('-', ' ') ?? '';
  return error.message === '' ? error.name : error.message.slice(0, 300);
}

/** The same as a column. */
export const WHY_DEAD: Column<JobSummary> = {
  id: 'error',
  label: 'Error',
  from: 'sm',
  cell: (job) => (
    <bdi className="text-ink-2" title={job.error?.message.slice(0, 2_000)}>
      {whyDead(job)}
    </bdi>
  ),
};
