import type { JobStore } from '../store.ts';

const PAGE = 1_000;

/** More queues than this are not looked at in one go. */
const MOST_QUEUES = 5_000;

/** The names of all queues; `partial` when there are more than are looked at. */
export async function allQueues(
  store: Pick<JobStore, 'queues'>,
  most: number = MOST_QUEUES,
): Promise<{ names: string[]; partial: boolean }> {
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const limit = Math.min(PAGE, most - names.length);
    // oxlint-disable-next-line no-await-in-loop -- each page needs the cursor of the last.
    const page: Awaited<ReturnType<JobStore['queues']>> = await store.queues({
      limit,
      ...(cursor === null ? {} : { cursor }),
    });
    names.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && names.length < most);
  return { names, partial: cursor !== null };
}
