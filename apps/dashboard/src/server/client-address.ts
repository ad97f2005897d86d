import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** Who is at the other end of the connection; whatever a client writes there is overwritten. */
const PEER = 'x-relay-peer';

/** Notes it with every request, since Next shows nobody the connection. */
export function notePeers(): void {
  channel('http.server.request.start').subscribe((message) => {
    const { request } = message as { request: IncomingMessage };
    request.headers[PEER] = request.socket.remoteAddress ?? '';
  });
}

/**
 * The client's address.
 *
 * @param trusted so many proxies stand before us, and each adds what it sees to `X-Forwarded-For`
 */
export function clientAddress(headers: Headers, trusted: number): string {
  const peer = headers.get(PEER) || 'unknown';
  if (trusted === 0) return peer;
  const told = (headers.get('x-forwarded-for') ?? '').split(',').map((part) => part.trim());
  return told.at(-trusted)?.slice(0, 64) || peer;
}
