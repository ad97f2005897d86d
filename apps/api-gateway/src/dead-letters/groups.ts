import { createHash } from 'node:crypto';
import type { JobSummary } from '@relay/broker';
import { type DeadLetterGroup, LIMITS } from '@relay/contract';
import type { JobStore } from '../store.ts';
import { time } from '../views.ts';

const PAGE = 200;
const MESSAGE_LENGTH = 300;

/** What differs between two failures of the same kind. In this order: the first that matches takes it. */
const PARTICULARS: readonly (readonly [RegExp, string])[] = [
  [/"[^"\n]{0,200}"|'[^'\n]{0,200}'|`[^`\n]{0,200}`/g, '<text>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b/gi, '<hex>'],
  // Letters and digits in one word of some length: an id.
  [/\b(?=\w*\d)(?=\w*[A-Za-z])\w{10,}\b/g, '<id>'],
  [/\d+(?:[.,:]\d+)*/g, '<n>'],
];

/** An error's message without what is particular to one job. */
export function normalise(message: string): string {
  let text = message.slice(0, 2 * MESSAGE_LENGTH);
  for (const [pattern, mark] of PARTICULARS) text = text.replace(pattern, mark);
  return text.replace(/\s+/g, ' ').trim().slice(0, MESSAGE_LENGTH);
}

/** The group of a dead letter: its reason, and its error without particulars. */
export function groupOf({ reason, error }: Pick<JobSummary, 'reason' | 'error'>): {
  readonly group: string;
  readonly error: { name: string; message: string } | null;
} {
  const kind =
    error === null ? null : { name: error.name.slice(0, 200), message: normalise(error.message) };
  const group = createHash('sha256')
    .update(JSON.stringify([reason, kind]))
    .digest('hex')
    .slice(0, 16);
  return { group, error: kind };
}

/** Groups of the newest dead letters of one queue; `partial` when there are more. */
export async function groupsOf(
  store: Pick<JobStore, 'list'>,
  queue: string,
): Promise<{ groups: DeadLetterGroup[]; partial: boolean }> {
  const groups = new Map<string, DeadLetterGroup>();
  let read = 0;
  let cursor: string | null = null;
  do {
    // oxlint-disable-next-line no-await-in-loop -- each page needs the cursor of the last.
    const page: Awaited<ReturnType<JobStore['list']>> = await store.list(queue, 'dead', {
      order: 'desc',
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const job of page.items) add(groups, job);
    read += page.items.length;
    cursor = page.nextCursor;
  } while (cursor !== null && read < LIMITS.groupedDeadLetters);
  return { groups: [...groups.values()], partial: cursor !== null };
}

/** They come newest first. */
function add(groups: Map<string, DeadLetterGroup>, job: JobSummary): void {
  const { group, error } = groupOf(job);
  const diedAt = time(job.finishedAt ?? job.createdAt);
  const known = groups.get(group);
  if (known !== undefined) {
    groups.set(group, { ...known, count: known.count + 1, firstSeenAt: diedAt });
    return;
  }
  groups.set(group, {
    group,
    queue: job.queue,
    reason: job.reason,
    error,
    count: 1,
    firstSeenAt: diedAt,
    lastSeenAt: diedAt,
    sample: { id: job.id, type: job.type, message: job.error?.message ?? null },
  });
}
