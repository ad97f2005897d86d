import { once } from 'node:events';
import { connect } from 'node:net';
import type { Answer } from './harness.ts';

/**
 * Sends bytes over a socket of its own and reads the first answer, for requests that no client
 * library would send. The answer must come before the deadline.
 */
export async function rawRequest(
  url: string,
  bytes: string | Buffer,
  deadlineMs = 8_000,
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), deadlineMs);
  try {
    await once(socket, 'connect');
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (parse(Buffer.concat(chunks)) !== undefined) socket.destroy();
    });
    // The server may close while we still send.
    socket.on('error', () => socket.destroy());
    socket.write(bytes);
    await once(socket, 'close');
    const answer = parse(Buffer.concat(chunks));
    if (answer === undefined)
      throw new Error(`no whole answer: ${Buffer.concat(chunks).toString()}`);
    return answer;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** The answer, once it is whole. */
function parse(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...fields] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Headers(
    fields.map((field): [string, string] => {
      const at = field.indexOf(':');
      return [field.slice(0, at), field.slice(at + 1).trim()];
    }),
  );
  const status = Number(statusLine.split(' ')[1]);
  const length = Number(headers.get('content-length') ?? '-1');
  const rest = bytes.subarray(end + 4);
  const chunked = headers.get('transfer-encoding') === 'chunked';
  if (chunked ? !rest.includes('\r\n0\r\n\r\n') : rest.length < length) return undefined;
  const text = chunked ? unchunk(rest.toString('utf8')) : rest.toString('utf8');
  return { status, headers, text, body: text.startsWith('{') ? JSON.parse(text) : undefined };
}

function unchunk(text: string): string {
  return text
    .split('\r\n')
    .filter((_, index) => index % 2 === 1)
    .join('');
}
