import {
  decodePayload,
  intentOf,
  type Job,
  JobCancelledError,
  type JobContext,
  JobTimeoutError,
  LeaseLostError,
  type Logger,
  legible,
  type PayloadCodec,
  progressJson,
  ReleaseError,
  WorkerStoppedError,
} from '@relay/consumer';
import { messageOf } from '@relay/service-kit';
import type { FromChild, LogLevel, WireError, WireJob, WireReason } from './messages.ts';

const REASONS: Readonly<Record<string, new (message: string) => Error>> = {
  'lease-lost': LeaseLostError,
  cancelled: JobCancelledError,
  timeout: JobTimeoutError,
  'worker-stopped': WorkerStoppedError,
};

/** The job as a handler sees it; its payload is parsed when it is first read. */
export function jobOf(wire: WireJob, codecs: readonly PayloadCodec[]): Job {
  let payload: { readonly value: unknown } | undefined;
  return {
    ...wire,
    get payload() {
      const { id, headers, payloadText } = wire;
      payload ??= { value: decodePayload({ id, headers, payload: payloadText }, codecs) };
      return payload.value;
    },
  };
}

export function wireError(unread: unknown): WireError {
  const thrown = legible(unread);
  const intent = intentOf(thrown);
  const more = intent === undefined ? {} : { intent };
  if (!(thrown instanceof Error)) return { name: 'NonError', message: messageOf(thrown), ...more };
  const { name, message, stack } = thrown;
  return { name, message, ...(stack === undefined ? {} : { stack }), ...more };
}

/** What a handler gets in a child process: the same as in the worker, over the channel. */
export class ChildContext implements JobContext {
  readonly attempt: number;
  readonly #send: (message: FromChild) => void;
  readonly #controller = new AbortController();
  readonly #calls = new Map<number, (error: string | null) => void>();
  #nextCall = 0;

  constructor(job: WireJob, send: (message: FromChild) => void) {
    this.attempt = job.attempt;
    this.#send = send;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get log(): Logger {
    return this.#logger({});
  }

  get progress(): JobContext['progress'] {
    return (value) => {
      this.#send({ kind: 'progress', json: progressJson(value) });
    };
  }

  get extend(): JobContext['extend'] {
    return async (leaseMs) => {
      this.#nextCall += 1;
      const call = this.#nextCall;
      const answered = new Promise<string | null>((resolve) => this.#calls.set(call, resolve));
      this.#send({ kind: 'extend', call, leaseMs: leaseMs ?? null });
      const error = await answered;
      if (error !== null) throw new LeaseLostError(error);
    };
  }

  get release(): JobContext['release'] {
    return (delayMs) => {
      throw new ReleaseError(delayMs);
    };
  }

  abort({ code, message }: WireReason): void {
    const Reason = REASONS[code];
    this.#controller.abort(Reason === undefined ? new Error(message) : new Reason(message));
  }

  extended(call: number, error: string | null): void {
    this.#calls.get(call)?.(error);
    this.#calls.delete(call);
  }

  #logger(bound: object): Logger {
    const write = (level: LogLevel) => (fields: object, message: string) => {
      this.#send({ kind: 'log', level, fields: { ...bound, ...plain(fields) }, message });
    };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => this.#logger({ ...bound, ...plain(fields) }),
    };
  }
}

/** Fields as the channel can carry them. An error has no fields of its own there. */
function plain(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? wireError(value) : carried(value),
    ]),
  );
}

/** JSON has no big integers and no cycles; a line of log is not worth a failed attempt. */
function carried(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  try {
    JSON.stringify(value);
    return value;
  } catch (error) {
    return `(${messageOf(legible(error))})`;
  }
}
