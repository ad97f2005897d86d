import type { IncomingMessage } from 'node:http';
import { busy } from '../protection/busy.ts';
import type { ByteAccount } from '../protection/byte-budget.ts';
import { HttpProblem } from './http-problem.ts';

/**
 * A client that is refused while it still sends often doesn't read the answer before it has sent
 * all, so we listen for a while: at most so many bytes and ms.
 */
const DRAIN_BYTES = 8_388_608;
const DRAIN_MS = 1_000;

/** Whether a request has a body, empty ones not counted. */
export function hasBody(request: IncomingMessage): boolean {
  if (request.headers['transfer-encoding'] !== undefined) return true;
  const length = request.headers['content-length'];
  return length !== undefined && Number(length) > 0;
}

/**
 * Reads the body of a request that must be plain JSON.
 *
 * @param held Counts what is in memory.
 * @throws {HttpProblem} `unsupported-media-type`, `too-large`, `rate-limited` when there is no room
 * for it now, or `malformed` when the connection breaks.
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  held: ByteAccount,
): Promise<Buffer> {
  requireJson(request);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = (act: () => void) => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      act();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) done(() => reject(tooLarge(maxBytes)));
      else if (!held.take(chunk.length)) done(() => reject(noRoom()));
      else chunks.push(chunk);
    };
    const onEnd = () => done(() => resolve(Buffer.concat(chunks)));
    const onClose = () =>
      done(() => reject(new HttpProblem('malformed', 'The connection ended within the body')));
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/** Throws away the rest of a body, within bounds. Returns whether all of it has come. */
export async function drain(request: IncomingMessage): Promise<boolean> {
  if (request.complete || request.destroyed) return request.complete;
  if (Number(request.headers['content-length'] ?? 0) > DRAIN_BYTES) return false;
  return await new Promise<boolean>((resolve) => {
    let size = 0;
    const done = () => {
      clearTimeout(timer);
      request.off('data', onData).off('end', done).off('close', done).off('error', done);
      request.pause();
      resolve(request.complete);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > DRAIN_BYTES) done();
    };
    const timer = setTimeout(done, DRAIN_MS);
    request.on('data', onData).on('end', done).on('close', done).on('error', done);
    request.resume();
  });
}

function noRoom(): HttpProblem {
  return busy('overload-bytes', 'Too many bytes are in memory');
}

function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem('too-large', `The body may have at most ${maxBytes} bytes`);
}

function requireJson(request: IncomingMessage): void {
  // Node undoes chunks and nothing else: what was compressed for the way would stay so.
  const transfer = request.headers['transfer-encoding'] ?? 'chunked';
  if (transfer.toLowerCase() !== 'chunked') {
    throw new HttpProblem('unsupported-media-type', 'Transfer-Encoding may only be chunked');
  }
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new HttpProblem('unsupported-media-type', 'Compressed bodies are not taken', {
      headers: { 'Accept-Encoding': 'identity' },
    });
  }
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?$/i.test(type.trim())) {
    throw new HttpProblem(
      'unsupported-media-type',
      'Content-Type must be application/json, in UTF-8',
    );
  }
}
