import type { Redis } from 'ioredis';
import type { KeptJob } from './check/evidence.ts';
import type { Stack } from './stack/stack.ts';
import { withClient } from './stack/store.ts';

/** Jobs that are read at once. */
const PAGE = 500;
/** I25: what a queue without jobs may leave behind, by what follows its tag. */
const STAYS = /^(config|stats|seq|limiter|series(:.*)?)$/;
/** With a TTL, these too. */
const STAYS_FOR_A_TIME = /^(idem:.*|call:.*|waiters)$/;
/** What PTTL says of a key without one; one that has gone since it was listed has another number. */
const FOR_EVER = -1;

/** All jobs that Redis holds, with their histories, whether or not anybody knows of them. */
export async function keptJobs(stack: Stack, queues: readonly string[]): Promise<KeptJob[]> {
  const jobs: KeptJob[] = [];
  for (const queue of queues) {
    const ids = await withClient(stack.store, queue, (client) => idsOf(client, queue));
    for (let from = 0; from < ids.length; from += PAGE) {
      const page = ids.slice(from, from + PAGE);
      const found = await Promise.all(page.map((id) => stack.broker.job(queue, id)));
      for (const job of found) if (job !== null) jobs.push(job);
    }
  }
  return jobs;
}

async function idsOf(client: Redis, queue: string): Promise<string[]> {
  const key = `relay:{${queue}}:jobs`;
  return (await client.type(key)) === 'hash' ? await client.hkeys(key) : [];
}

/** I25: takes away what is kept of ended jobs, and tells which keys stay that should not. */
export async function leftovers(
  { broker, store }: Stack,
  queue: string,
  tampered = false,
): Promise<string[]> {
  const none = { maxCount: 0 };
  await broker.configure(queue, { retention: { completed: none, dead: none } });
  for (let more = true; more; ) ({ more } = await broker.retire(queue));
  if (tampered) return [];
  return await withClient(store, queue, async (client) => {
    const prefix = `relay:{${queue}}:`;
    const problems: string[] = [];
    for (const key of await client.keys(`${prefix}*`)) {
      const part = key.slice(prefix.length);
      if (STAYS.test(part)) continue;
      if (STAYS_FOR_A_TIME.test(part) && (await client.pttl(key)) !== FOR_EVER) continue;
      problems.push(`I25: ${key} is left after retention`);
    }
    return problems;
  });
}
