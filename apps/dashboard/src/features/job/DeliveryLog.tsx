import type { Job } from '@relay/contract';
import { TimeAgo } from '../../design/TimeAgo.tsx';

/** What one delivery logged last. Its text is whatever a handler wrote: shown as it is, in lines of its own. */
export function DeliveryLog({ lines }: Pick<NonNullable<Job['logs']>, 'lines'>) {
  return (
    <ol className="max-h-72 overflow-auto px-4 pb-4 text-xs leading-5">
      {lines.map(({ at, level, message }, i) => (
        // oxlint-disable-next-line no-array-index-key -- lines have no name and never move.
        <li key={i} className="flex gap-3">
          <span className="w-16 shrink-0 text-ink-3">
            <TimeAgo at={at} />
          </span>
          <span className={`w-10 shrink-0 ${level === 'error' ? 'text-bad' : 'text-ink-3'}`}>
            {level}
          </span>
          <bdi className="min-w-0 font-mono break-words whitespace-pre-wrap">{message}</bdi>
        </li>
      ))}
    </ol>
  );
}
