import type { Job } from '@relay/contract';
import { Facts } from '../../design/Facts.tsx';
import { duration } from '../../design/format.ts';

/** What was asked for when the job was accepted. */
export function JobFacts({ job }: { readonly job: Job }) {
  const { backoff } = job;
  const facts = [
    { name: 'Type', value: job.type },
    { name: 'Priority', value: String(job.priority) },
    { name: 'Attempts', value: `${job.attempts} of ${job.maxAttempts}` },
    { name: 'Crashes', value: `${job.crashes} of ${job.maxCrashes}` },
    {
      name: 'Backoff',
      value: backoffText(backoff),
    },
    { name: 'Time limit', value: job.timeoutMs === null ? 'none' : duration(job.timeoutMs) },
    { name: 'Idempotency key', value: job.idempotencyKey ?? 'none' },
    ...(job.reason === null ? [] : [{ name: 'Reason', value: job.reason.replaceAll('-', ' ') }]),
    ...(job.workerId === null ? [] : [{ name: 'Worker', value: job.workerId }]),
  ];
  return <Facts facts={facts} />;
}

/** For example `exponential, 1s up to 10m, full jitter`, or `fixed, 300ms, no jitter`. */
function backoffText({ type, baseMs, capMs, jitter }: Job['backoff']): string {
  const times =
    type === 'fixed' ? duration(baseMs) : `${duration(baseMs)} up to ${duration(capMs)}`;
  return `${type}, ${times}, ${jitter === 'none' ? 'no' : jitter} jitter`;
}
