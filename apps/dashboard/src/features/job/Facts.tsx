import type { Job } from '@relay/contract';
import { duration } from '../../design/format.ts';

/** What was asked for when the job was accepted. */
export function Facts({ job }: { readonly job: Job }) {
  const { backoff } = job;
  const facts: [string, string][] = [
    ['Type', job.type],
    ['Priority', String(job.priority)],
    ['Attempts', `${job.attempts} of ${job.maxAttempts}`],
    ['Crashes', `${job.crashes} of ${job.maxCrashes}`],
    [
      'Backoff',
      `${backoff.type}, ${duration(backoff.baseMs)} up to ${duration(backoff.capMs)}, jitter ${backoff.jitter}`,
    ],
    ['Time limit', job.timeoutMs === null ? 'none' : duration(job.timeoutMs)],
    ['Idempotency key', job.idempotencyKey ?? 'none'],
    ...(job.reason === null
      ? []
      : [['Dead because', job.reason.replaceAll('-', ' ')] as [string, string]]),
    ...(job.workerId === null ? [] : [['Worker', job.workerId] as [string, string]]),
  ];
  return (
    <dl className="space-y-2 px-4 pt-1 pb-4 text-[13px]">
      {facts.map(([name, value]) => (
        <div key={name} className="flex justify-between gap-4">
          <dt className="shrink-0 text-ink-2">{name}</dt>
          <dd className="min-w-0 text-right break-words">
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}
