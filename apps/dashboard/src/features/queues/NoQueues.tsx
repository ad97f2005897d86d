import { Inbox } from 'lucide-react';
import { EmptyState } from '../../design/states.tsx';

/** Says how the first queue comes to be. */
export function NoQueues() {
  return (
    <EmptyState icon={Inbox} title="No queues yet">
      A queue begins with its first job:
      <code className="mt-2 block rounded-md bg-raised px-3 py-2 text-left font-mono text-xs break-all">
        POST /v1/queues/emails/jobs {'{"payload": {"to": "ada@example.org"}}'}
      </code>
    </EmptyState>
  );
}
