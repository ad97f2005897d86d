import { Cluster, type Redis } from 'ioredis';
import { judge, unavailable } from './store-error.ts';

const PAUSE_MS = 50;

/**
 * Subscribes, and tries again until the deadline while Redis is away. From then on the subscription is renewed at each
 * new connection. The connection is closed when this fails: nobody would.
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
      break;
    } catch (error) {
      const verdict = judge(error, what);
      const late = performance.now() >= deadline;
      if (verdict.kind === 'fatal' || late) client.disconnect();
      if (verdict.kind === 'fatal') throw verdict.error;
      if (late) throw unavailable(what, error instanceof Error ? error.message : 'away', error);
    }
    await pause();
  }
  // That of a cluster renews it itself.
  if (!(client instanceof Cluster)) client.on('ready', () => void renew(client, channel));
}

/**
 * Left to ioredis (`autoResubscribe`), a connection that closed before the answer was a rejection that nobody could
 * handle, and the end of the process.
 */
async function renew(client: Redis, channel: string): Promise<void> {
  while (client.status === 'ready') {
    try {
      await client.subscribe(channel);
      return;
    } catch {
      // Closed again: its next `ready` comes here too. Refused: perhaps for a moment only.
      await pause();
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
