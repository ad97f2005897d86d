/**
 * Sends one request over and over on keep-alive connections, each as soon as the last was answered,
 * and prints `{ "requests", "seconds", "refused", "cpu" }`. A process of its own, and as little as
 * possible for each answer: it shares the machine with what it measures.
 *
 * Arguments: URL, path, body, connections, seconds.
 */
import { connect, type Socket } from 'node:net';

const [url = '', path = '', body = '', connections = '50', seconds = '5'] = process.argv.slice(2);
const { hostname, port, host } = new URL(url);
const request = Buffer.from(
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);

let requests = 0;
let refused = 0;
let running = true;

/** Length of the whole answer at the beginning of `bytes`; 0 while it isn't there. */
function answerLength(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return 0;
  const length = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
  if (length === undefined) throw new Error('an answer without a length');
  const total = end + 4 + Number(length);
  return bytes.length >= total ? total : 0;
}

function drive(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (answerLength(bytes) === 0) {
      rest = bytes;
      return;
    }
    rest = Buffer.alloc(0);
    requests += 1;
    // "HTTP/1.1 2…"
    if (bytes[9] !== 0x32) refused += 1;
    if (running) socket.write(request);
    else socket.end();
  });
  socket.on('connect', () => socket.write(request));
  socket.on('error', (error) => {
    if (running) throw error;
  });
}

const begun = performance.now();
const sockets = Array.from({ length: Number(connections) }, () => {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  drive(socket);
  return socket;
});
setTimeout(() => {
  running = false;
  const took = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage();
  process.stdout.write(
    `${JSON.stringify({ requests, refused, seconds: took, cpu: (user + system) / 1e6 / took })}\n`,
  );
  for (const socket of sockets) socket.destroy();
}, Number(seconds) * 1_000);
