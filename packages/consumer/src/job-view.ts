import type { Lease } from '@relay/broker';
import { CODEC_HEADER, type Codecs } from './codecs.ts';
import { PayloadError } from './errors.ts';
import type { Job } from './types.ts';

const UNREAD = Symbol('unread');

/** A lease as its handler sees it: without the token, and with a payload that is parsed when read. */
export class JobView implements Job {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  readonly payloadText: string;
  readonly attempt: number;
  readonly crashes: number;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  readonly timeoutMs: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly #codecs: Codecs;
  #payload: unknown = UNREAD;

  constructor(lease: Lease, codecs: Codecs) {
    this.#codecs = codecs;
    this.id = lease.id;
    this.queue = lease.queue;
    this.type = lease.type;
    this.payloadText = lease.payload;
    this.attempt = lease.attempt;
    this.crashes = lease.crashes;
    this.priority = lease.priority;
    this.maxAttempts = lease.maxAttempts;
    this.maxCrashes = lease.maxCrashes;
    this.timeoutMs = lease.timeoutMs;
    this.headers = lease.headers;
    this.createdAt = lease.createdAt;
  }

  get payload(): unknown {
    if (this.#payload === UNREAD) this.#payload = this.#parse();
    return this.#payload;
  }

  #parse(): unknown {
    const names = this.headers[CODEC_HEADER];
    const text =
      names === undefined
        ? this.payloadText
        : this.#codecs.decode(this.id, this.payloadText, names);
    try {
      return JSON.parse(text);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new PayloadError(`the payload of job ${this.id} is not JSON: ${why}`, { cause });
    }
  }
}
