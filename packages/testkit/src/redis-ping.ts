import { connect } from 'node:net';

/**
 * Asks over a connection of its own whether the server that was started with
 * `configFile` is ready on this port. False when nobody listens, when it is still
 * loading its data, when it is silent for `timeoutMs` (default: 500), and when
 * another server answers, whose port this is.
 */
export function isReady(
  host: string,
  port: number,
  configFile: string,
  timeoutMs = 500,
): Promise<boolean> {
  return new Promise((resolve) => {
    let reply = '';
    const socket = connect({ host, port });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.on('connect', () => socket.write('PING\r\nINFO server\r\n'));
    socket.on('data', (chunk) => {
      reply += chunk.toString('utf8');
      // A password that the test has configured: it is up, and says no more.
      if (reply.startsWith('-NOAUTH')) finish(true);
      else if (!reply.startsWith('+PONG')) finish(false);
      else if (reply.includes(`config_file:${configFile}\r\n`)) finish(true);
    });
    socket.on('error', () => finish(false));
    socket.on('close', () => resolve(false));
  });
}
