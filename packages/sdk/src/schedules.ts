import { Relay } from './client.ts';
import { randomKey } from './enqueue.ts';
import type {
  Schedule,
  SchedulePreview,
  ScheduleRequest,
  ScheduleRun,
} from './generated/contract.ts';
import type { Call, CallOptions, Http } from './http.ts';
import { toJson } from './json.ts';
import { pages } from './pages.ts';

/**
 * Jobs that are enqueued at certain times: an entry of its own, `@relay/sdk/schedules`, so that a producer
 * does not carry it.
 *
 * @example
 * ```ts
 * const schedules = new Schedules(relay);
 * await schedules.put('nightly', { queue: 'reports', cron: '0 3 * * *', job: { payload: null } });
 * ```
 */
export class Schedules {
  readonly #http: Http;

  constructor(relay: Relay) {
    this.#http = Relay.http(relay);
  }

  /** By name. */
  list(options: CallOptions = {}): AsyncGenerator<Schedule, void, undefined> {
    return pages(this.#http, '/v1/schedules', options);
  }

  /** One schedule. @throws {NotFoundError} */
  get(name: string, options?: CallOptions): Promise<Schedule> {
    return this.#call('GET', name, '', options);
  }

  /** Makes a schedule, or defines it anew. Safe to do at every start of a program. */
  put(name: string, definition: ScheduleRequest, options?: CallOptions): Promise<Schedule> {
    const body = toJson(definition, 'the request');
    return this.#call('PUT', name, '', { ...options, body });
  }

  /** The jobs that it has enqueued stay. */
  delete(name: string, options?: CallOptions): Promise<void> {
    return this.#call('DELETE', name, '', options);
  }

  /** Enqueues its job now, once. */
  run(name: string, options?: CallOptions): Promise<ScheduleRun> {
    const headers = { 'idempotency-key': randomKey() };
    return this.#call('POST', name, '/run', { ...options, headers });
  }

  /** Fires no tick until it is resumed. */
  pause(name: string, options?: CallOptions): Promise<Schedule> {
    return this.#call('POST', name, '/pause', options);
  }

  /** Goes on with the first tick after now. */
  resume(name: string, options?: CallOptions): Promise<Schedule> {
    return this.#call('POST', name, '/resume', options);
  }

  /** The times of its next ticks, 10 unless told otherwise, at most 100. */
  preview(
    name: string,
    { signal, ...query }: CallOptions & { readonly count?: number } = {},
  ): Promise<SchedulePreview> {
    return this.#call('GET', name, '/preview', { query, signal });
  }

  #call<T>(method: Call['method'], name: string, tail: string, rest?: Partial<Call>): Promise<T> {
    const path = `/v1/schedules/${encodeURIComponent(name)}${tail}`;
    // A second DELETE would find nothing; the others end as the first.
    return this.#http.json({ safe: method !== 'DELETE', ...rest, method, path });
  }
}

export type { Schedule, SchedulePreview, ScheduleRequest, ScheduleRun };
