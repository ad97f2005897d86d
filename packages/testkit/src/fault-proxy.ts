import { connect, createServer, type Server, type Socket } from 'node:net';
import { AT_ONCE, type Pace, PacedLane } from './paced-lane.ts';
import { RespFrames } from './resp-frames.ts';

const HOST = '127.0.0.1';
/** Frames that answer no request. */
const PUSH = '>'.charCodeAt(0);
const ATTRIBUTE = '|'.charCodeAt(0);

export interface FaultProxyOptions {
  /** The Redis behind the proxy. */
  readonly target: { readonly host: string; readonly port: number };
}

/** Which request: one that contains the text, or of which the function says so. It is given as sent, as RESP. */
export type RequestMatch = string | ((request: Buffer) => boolean);

type Mode = 'pass' | 'black-hole' | 'hold';

/** What is to be cut: the reply to a request that matches, once `left` others have passed. */
interface PendingCut {
  readonly match: RequestMatch | null;
  left: number;
}

/** Starts a loopback TCP proxy in front of a Redis that passes everything through until it is told otherwise. */
export async function startFaultProxy({ target }: FaultProxyOptions): Promise<FaultProxy> {
  const server = createServer({ noDelay: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  return new FaultProxy(server, target);
}

/**
 * A connection to Redis that can be made to fail in the ways of networks. The switches hold for all connections.
 *
 * @example
 * await using proxy = await startFaultProxy({ target: redis });
 * const client = new Redis(proxy.url);
 * proxy.cutNextReply('EVALSHA');   // Redis runs the next script; its reply never arrives
 */
export class FaultProxy implements AsyncDisposable {
  readonly host = HOST;
  readonly port: number;
  readonly url: string;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #connections = 0;
  #cuts = 0;
  #mode: Mode = 'pass';
  #pace = AT_ONCE;
  #pending: PendingCut[] = [];
  #bytesLeft = Number.POSITIVE_INFINITY;

  /** @internal See {@link startFaultProxy}. */
  constructor(server: Server, target: FaultProxyOptions['target']) {
    this.#server = server;
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    this.url = `redis://${HOST}:${this.port}`;
    server.on('connection', (client) => {
      this.#connections++;
      const link = new Link(client, connect(target.port, target.host), {
        mode: () => this.#mode,
        pace: () => this.#pace,
        isCut: (request) => this.#takeCut(request),
        deliver: (reply) => this.#takeBytes(reply),
        onClose: () => this.#links.delete(link),
      });
      this.#links.add(link);
    });
  }

  /** Connections accepted since the start. */
  get connections(): number {
    return this.#connections;
  }

  /** Replies that were cut since the start. */
  get cuts(): number {
    return this.#cuts;
  }

  /** Chunks that {@link hold} keeps now. */
  get holding(): number {
    let held = 0;
    for (const link of this.#links) held += link.held;
    return held;
  }

  /** Everything through again. What was held goes on its way; connections that swallowed something are closed. */
  pass(): void {
    this.#mode = 'pass';
    for (const link of this.#links) link.heal();
  }

  /**
   * The `n`-th request from now on is carried out, and its connection is closed in place of its reply. Those before it
   * are answered. Handshakes count, and messages of a subscription are taken for answers.
   */
  cutReply(n = 1): void {
    this.#pending.push({ match: null, left: n });
  }

  /** The next request that matches is carried out, and its connection is closed in place of its reply. */
  cutNextReply(match: RequestMatch = () => true): void {
    this.#pending.push({ match, left: 1 });
  }

  /** From now on `bytes` of the replies are delivered, then the connection is closed, in the middle of a reply maybe. */
  cutReplyAfter(bytes: number): void {
    this.#bytesLeft = bytes;
  }

  /** Swallows what either side sends, and accepts connections that nobody answers. */
  blackHole(): void {
    this.#mode = 'black-hole';
  }

  /** Keeps what either side sends until {@link pass}, also when the client has gone meanwhile: it arrives late. */
  hold(): void {
    this.#mode = 'hold';
  }

  /** Lets each chunk of either direction wait for so long, `jitterMs` more or less. 0 ends that. Order is kept. */
  delay(ms: number, jitterMs = 0): void {
    this.#pace = { ...this.#pace, delayMs: ms, jitterMs };
  }

  /** Lets so many bytes a second through, in each direction of each connection. Infinity ends that. */
  throttle(bytesPerSecond: number): void {
    this.#pace = { ...this.#pace, bytesPerSecond };
  }

  /**
   * The connections of now lose their server, and their clients hear nothing of it: as after a power cut of the other
   * side. New connections work.
   */
  halfOpen(): void {
    for (const link of this.#links) link.abandon();
  }

  /** Closes all connections with a reset. The switches stay as they are. */
  resetAll(): void {
    for (const link of this.#links) link.destroy();
  }

  async stop(): Promise<void> {
    this.resetAll();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #takeCut(request: Buffer): boolean {
    const at = this.#pending.findIndex(
      (cut) => (cut.match === null || matches(cut.match, request)) && --cut.left === 0,
    );
    if (at < 0) return false;
    this.#pending.splice(at, 1);
    this.#cuts++;
    return true;
  }

  /** The part of the chunk that may be delivered; shorter than the chunk: then the connection closes. */
  #takeBytes(chunk: Buffer): Buffer {
    if (chunk.length < this.#bytesLeft) {
      this.#bytesLeft -= chunk.length;
      return chunk;
    }
    const part = chunk.subarray(0, this.#bytesLeft);
    this.#bytesLeft = Number.POSITIVE_INFINITY;
    this.#cuts++;
    return part;
  }
}

function matches(match: RequestMatch, request: Buffer): boolean {
  return typeof match === 'string' ? request.includes(match) : match(request);
}

/** What a connection asks of its proxy. */
interface Rules {
  mode(): Mode;
  pace(): Pace;
  isCut(request: Buffer): boolean;
  deliver(chunk: Buffer): Buffer;
  onClose(): void;
}

/** One connection through the proxy. */
class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rules: Rules;
  readonly #requests = new RespFrames();
  readonly #replies = new RespFrames();
  /** For each request that is not answered yet: whether its reply is cut. */
  readonly #unanswered: boolean[] = [];
  #held: (() => void)[] = [];
  readonly #toServer = new PacedLane();
  readonly #toClient = new PacedLane();
  #swallowed = false;
  #abandoned = false;
  #clientGone = false;

  constructor(client: Socket, server: Socket, rules: Rules) {
    this.#client = client;
    this.#server = server;
    this.#rules = rules;
    client.on('data', (chunk: Buffer) =>
      this.#through(this.#toServer, chunk.length, () => this.#forward(chunk)),
    );
    server.on('data', (chunk: Buffer) =>
      this.#through(this.#toClient, chunk.length, () => this.#answer(chunk)),
    );
    // A reset of either side is the end of both, and what a test asked for.
    client.on('error', () => undefined);
    server.on('error', () => undefined);
    client.on('close', () => this.#closeServer());
    server.on('close', () => {
      if (!this.#abandoned) this.destroy();
    });
  }

  get held(): number {
    return this.#held.length;
  }

  /** After the faults: what was kept goes on its way in its order. */
  heal(): void {
    if (this.#swallowed) this.destroy();
    for (const send of this.#held.splice(0)) send();
    if (this.#clientGone) this.#server.end();
  }

  /** Leaves the client with a connection that nobody is at the other end of. */
  abandon(): void {
    this.#abandoned = true;
    this.#server.destroy();
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
    this.#rules.onClose();
  }

  #closeServer(): void {
    this.#clientGone = true;
    // A held request is on its way: it arrives, although nobody waits for its answer any more.
    if (this.#held.length === 0) this.destroy();
  }

  #through(lane: PacedLane, bytes: number, send: () => void): void {
    const mode = this.#rules.mode();
    if (this.#abandoned) return;
    if (mode === 'black-hole') this.#swallowed = true;
    else if (mode === 'hold') this.#held.push(send);
    else lane.send(bytes, this.#rules.pace(), send);
  }

  #forward(chunk: Buffer): void {
    for (const request of this.#requests.push(chunk))
      this.#unanswered.push(this.#rules.isCut(request));
    this.#server.write(chunk);
  }

  /** Delivers whole replies only, so that of one that is cut nothing arrives. */
  #answer(chunk: Buffer): void {
    for (const reply of this.#replies.push(chunk)) {
      if (this.#client.destroyed) return;
      const answers = reply[0] !== PUSH && reply[0] !== ATTRIBUTE;
      const part =
        answers && this.#unanswered.shift() ? reply.subarray(0, 0) : this.#rules.deliver(reply);
      if (part.length === reply.length) this.#client.write(reply);
      else this.#cut(part);
    }
  }

  /** Closes the connection behind what was delivered. */
  #cut(part: Buffer): void {
    this.#client.end(part, () => this.destroy());
    this.#server.destroy();
  }
}
