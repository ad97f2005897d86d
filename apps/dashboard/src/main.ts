/** The dashboard's process: Next's standalone server behind our own settings and our own end. */
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { StartError } from '@relay/service-kit/config';
import { readConfig } from './server/config.ts';

const SERVER = '../.next/standalone/apps/dashboard/server.js';
/** How long a start may take, in ms. */
const START_MS = 20_000;

async function main(): Promise<void> {
  const { host, port: wanted, warnings } = readConfig(process.env);
  for (const warning of warnings) log('warn', warning);
  const port = wanted === 0 ? await freePort(host) : wanted;
  Object.assign(process.env, {
    HOSTNAME: host,
    PORT: String(port),
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    // Next's own handler waits for every connection, and a stream of events never ends.
    NEXT_MANUAL_SIG_HANDLE: '1',
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log('info', `${signal}: stopped`);
      process.exit(0);
    });
  }
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  await import(fileURLToPath(new URL(SERVER, import.meta.url)));
  await answers(`${url}/livez`);
  log('info', `listening on ${url}`, { url });
}

/** Next cannot tell which port it took, so we choose it. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function answers(url: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other.
      const response = await fetch(url, { signal: AbortSignal.timeout(START_MS) });
      if (response.ok) return;
      last = new Error(`${url} answers ${response.status}`);
    } catch (error) {
      last = error;
    }
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the dashboard does not answer itself', { cause: last });
}

function log(
  level: 'info' | 'warn' | 'fatal',
  msg: string,
  fields: Record<string, string> = {},
): void {
  const entry = { level, time: new Date().toISOString(), component: 'dashboard', ...fields, msg };
  process.stdout.write(`${JSON.stringify(entry)}\n`);
}

try {
  await main();
} catch (error) {
  const known = error instanceof StartError;
  const what = error instanceof Error ? (known ? error.message : error.stack) : String(error);
  process.stderr.write(`dashboard: ${what}\n`);
  process.exit(known ? error.exitCode : 1);
}
