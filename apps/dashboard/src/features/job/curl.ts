import type { LoadedJob } from '../../data/jobs.ts';
import { queuePath } from '../../data/paths.ts';

/** What a new job takes over from another, beside payload, type and priority. */
export function othersOf({ job }: LoadedJob) {
  const { maxAttempts, maxCrashes, backoff, timeoutMs, expiresInMs, headers } = job;
  // Relay's own headers tell of the job that they were given to.
  const own = Object.entries(headers).filter(([name]) => !name.startsWith('relay-'));
  return {
    maxAttempts,
    maxCrashes,
    backoff,
    timeoutMs,
    expiresInMs,
    ...(own.length === 0 ? {} : { headers: Object.fromEntries(own) }),
  };
}

/** A command that enqueues the same job again. The key stays a variable: nothing in it is secret. */
export function curlOf(loaded: LoadedJob): string {
  const { queue, type, priority } = loaded.job;
  const known = Object.entries(othersOf(loaded)).filter(([, value]) => value !== null);
  const rest = JSON.stringify({ type, priority, ...Object.fromEntries(known) });
  const body = `{"payload":${loaded.raw.get('payload') ?? 'null'},${rest.slice(1)}`;
  return [
    `curl -X POST "$RELAY_API_URL${queuePath(queue)}/jobs"`,
    `  -H "Authorization: Bearer $RELAY_API_KEY"`,
    `  -H 'Content-Type: application/json'`,
    `  --data-raw ${quoted(body)}`,
  ].join(' \\\n');
}

/** For a shell: nothing between the quotes means anything to it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
