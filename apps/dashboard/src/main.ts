/** The dashboard's process: Next's standalone server behind our own settings and our own end. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { StartError } from '@relay/service-kit/config';
import { Users } from './server/auth/users.ts';
import { notePeers } from './server/client-address.ts';
import { type DashboardConfig, readConfig } from './server/config.ts';
import { log } from './server/log.ts';

const SERVER = '../.next/standalone/apps/dashboard/server.js';
/** How long a start may take, in ms. */
const START_MS = 20_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const { host, port: wanted } = config;
  for (const warning of config.warnings) log('warn', warning);
  prepareUsers(config);
  notePeers();
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

/** Bad users are found now rather than at the first login. */
function prepareUsers({ users, session }: DashboardConfig): void {
  if (users === undefined) return;
  if (new Users(users).size === 0) {
    throw new StartError('There is no user yet, so nobody could log in: npm run user -- create');
  }
  if (session.secrets !== undefined) return;
  // An empty file is no secret either.
  delete process.env['RELAY_SESSION_SECRET_FILE'];
  process.env['RELAY_SESSION_SECRET'] = randomBytes(32).toString('base64url');
  log('warn', 'RELAY_SESSION_SECRET is not set: everybody has to log in again after a restart');
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

try {
  await main();
} catch (error) {
  const known = error instanceof StartError;
  const what = error instanceof Error ? (known ? error.message : error.stack) : String(error);
  process.stderr.write(`dashboard: ${what}\n`);
  process.exit(known ? error.exitCode : 1);
}
