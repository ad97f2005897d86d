import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { codeOf } from '@relay/service-kit';
import { SECURITY_HEADERS } from './edge.ts';
import { HttpProblem } from './http-problem.ts';

/**
 * Answers what never becomes a request, because Node's parser refuses it, with a problem document:
 * 400, 408 (too slow) and 431 (header too large); and 417 for an `Expect` that we don't know.
 */
export function answerClientErrors(server: Server, rejected: (reason: string) => void): void {
  server.on('clientError', (error: Error, socket: Duplex) => {
    const problem = problemOfParser(codeOf(error) ?? '');
    rejected(problem.code);
    // After a reset there is nobody to tell.
    if (!socket.writable || codeOf(error) === 'ECONNRESET') socket.destroy();
    else socket.end(rawAnswer(problem), () => socket.destroy());
  });
  server.on('checkExpectation', (request, response) => {
    const problem = new HttpProblem('expectation-failed', 'Only 100-continue can be expected');
    rejected(problem.code);
    const document = problem.toDocument({ instance: request.url ?? '/', requestId: randomUUID() });
    response
      .writeHead(problem.status, {
        ...SECURITY_HEADERS,
        'Content-Type': 'application/problem+json',
        'X-Request-Id': document.requestId,
        Connection: 'close',
      })
      .end(JSON.stringify(document));
  });
}

function problemOfParser(code: string): HttpProblem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HttpProblem('headers-too-large', 'The request line and header are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpProblem('timeout', 'The request did not come in time');
    default:
      return new HttpProblem('malformed', 'This is not a well-formed HTTP request');
  }
}

function rawAnswer(problem: HttpProblem): string {
  const document = problem.toDocument({ instance: '/', requestId: randomUUID() });
  const text = JSON.stringify(document);
  const headers = Object.entries({
    ...SECURITY_HEADERS,
    'Content-Type': 'application/problem+json',
    'Content-Length': String(Buffer.byteLength(text)),
    'X-Request-Id': document.requestId,
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problem.status} ${document.title}\r\n${headers.join('')}\r\n${text}`;
}
