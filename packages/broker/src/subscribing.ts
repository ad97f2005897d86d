import type { Cluster, Redis } from 'ioredis';
import { judge, unavailable } from './store-error.ts';

const PAUSE_MS = 50;

/**
 * Subscribes, and tries again until the deadline while Redis is away. The connection renews the subscription by itself
 * from then on. It is closed when this fails: nobody would.
 *
 * @param what for messages
 * @throws StoreUnavailableError, StoreDeniedError
 */
export async function subscribe(
  client: Redis | Cluster,
  channel: string,
  { what, deadlineMs }: { readonly what: string; readonly deadlineMs: number },
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      await client.subscribe(channel);
      return;
    } catch (error) {
      const verdict = judge(error, what);
      const late = performance.now() >= deadline;
      if (verdict.kind === 'fatal' || late) client.disconnect();
      if (verdict.kind === 'fatal') throw verdict.error;
      if (late) throw unavailable(what, error instanceof Error ? error.message : 'away', error);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
