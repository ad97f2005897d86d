import { createServer, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, messageOf, StartError } from './errors.ts';
import type { Probes } from './probes.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/**
 * Makes a server listen.
 *
 * @returns the address as a URL, for logs and for tests.
 * @throws {StartError} when the port is in use or the address isn't ours.
 */
export async function listen(server: Server, { host, port }: ListenOptions): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => reject(listenError(error, { host, port }));
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve();
    });
  });
  const address = server.address();
  // Only a pipe or a closed server has no address object.
  if (address === null || typeof address === 'string') return `http://${host}:${port}`;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${name}:${address.port}`;
}

function listenError(error: Error, { host, port }: ListenOptions): StartError {
  const cause = { cause: error };
  switch (codeOf(error) ?? '') {
    case 'EADDRINUSE':
      return new StartError(
        `port ${port} on ${host} is in use: stop what listens there or set PORT`,
        cause,
      );
    case 'EACCES':
      return new StartError(
        `port ${port} on ${host} may not be used by this user: set PORT to one from 1024`,
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(`HOST ${host} is not an address of this machine`, cause);
    default:
      return new StartError(`cannot listen on ${host}:${port}: ${messageOf(error)}`, cause);
  }
}

/**
 * Before the door closes: what waits to be accepted, or has been and not yet said what it wants,
 * would be reset with it, though its client has done everything right.
 */
const LAST_CALL_MS = 100;

/**
 * Takes what is at the door (for at most {@link LAST_CALL_MS}), stops listening, lets running
 * requests end for `graceMs` in all, then cuts what is left. Every answer from now on asks its
 * client to come by another connection.
 *
 * @returns false when something had to be cut.
 */
export async function closeServer(server: Server, graceMs: number): Promise<boolean> {
  if (!server.listening) return true;
  server.prependListener('request', (_, response: ServerResponse) => {
    response.setHeader('Connection', 'close');
  });
  const lastCallMs = Math.min(LAST_CALL_MS, graceMs);
  if (lastCallMs > 0) await delay(lastCallMs);
  let clean = true;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      clean = false;
      server.closeAllConnections();
    }, graceMs - lastCallMs);
    // Node closes the connections that idle now; one that finishes its request later stays
    // open for its keep-alive time, so look again.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(timer);
      clearInterval(sweep);
      resolve();
    });
  });
  return clean;
}

/** The probes on a port of their own, for services without another HTTP server. */
export interface ProbeServer extends AsyncDisposable {
  /** For instance `http://127.0.0.1:9091`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the probes alone; every other path is 404.
 *
 * @throws {StartError} see {@link listen}.
 */
export async function startProbeServer(
  options: ListenOptions & { readonly probes: Probes },
): Promise<ProbeServer> {
  const server = createServer((request, response) => {
    options.probes.handle(request, response).then(
      (known) => {
        if (!known) response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found\n');
      },
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    );
  });
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  const url = await listen(server, options);
  const close = async () => {
    await closeServer(server, 1_000);
  };
  return { url, close, [Symbol.asyncDispose]: close };
}
