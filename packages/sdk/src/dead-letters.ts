import type {
  DeadReason,
  JobSummary,
  MatchedAnswer,
  OperationStarted,
  PurgeDeadLettersRequest,
  RequeueAnswer,
  RequeueManyRequest,
} from './generated/contract.ts';
import type { CallOptions, Http } from './http.ts';
import { toJson } from './json.ts';
import { known } from './options.ts';
import { pages } from './pages.ts';

/** Filter for listing dead letters. */
export interface ListDeadLetters extends CallOptions {
  /** Only those with this reason. */
  readonly reason?: DeadReason;
  /** Only those of this job type. */
  readonly type?: string;
  /** The id of a group, see {@link Relay.deadLetterGroups}. */
  readonly group?: string;
}

/** The jobs of a queue that will not be retried automatically. */
export class DeadLetters {
  readonly #http: Http;
  readonly #path: string;

  /** @internal Use {@link Queue.deadLetters}. */
  constructor(http: Http, queue: string) {
    this.#http = http;
    this.#path = `/v1/queues/${queue}/dead-letters`;
  }

  /** The newest first. */
  list(options: ListDeadLetters = {}): AsyncGenerator<JobSummary, void, undefined> {
    known('deadLetters.list', options, ['reason', 'type', 'group', 'signal']);
    return pages(this.#http, this.#path, options);
  }

  /** Makes a dead job ready again, optionally with a corrected payload. */
  requeue(
    id: string,
    options: CallOptions & { readonly payload?: unknown } = {},
  ): Promise<RequeueAnswer> {
    known('deadLetters.requeue', options, ['payload', 'signal']);
    const body =
      options.payload === undefined
        ? '{}'
        : `{"payload":${toJson(options.payload, 'the payload')}}`;
    const path = `${this.#path}/${encodeURIComponent(id)}/requeue`;
    return this.#http.json({ method: 'POST', path, body, signal: options.signal });
  }

  /** Requeues many in the background; `filter: {}` means all. A dry run only counts. */
  requeueMany(request: RequeueManyRequest & { readonly dryRun: true }): Promise<MatchedAnswer>;
  requeueMany(request: RequeueManyRequest & { readonly dryRun?: false }): Promise<OperationStarted>;
  requeueMany(request: RequeueManyRequest): Promise<MatchedAnswer | OperationStarted> {
    const body = toJson(request, 'the request');
    return this.#http.json({ method: 'POST', path: `${this.#path}/requeue`, body });
  }

  /** Deletes many permanently, in the background; `filter: {}` means all. A dry run only counts. */
  purge(request: PurgeDeadLettersRequest & { readonly dryRun: true }): Promise<MatchedAnswer>;
  purge(request: PurgeDeadLettersRequest & { readonly dryRun?: false }): Promise<OperationStarted>;
  purge(request: PurgeDeadLettersRequest): Promise<MatchedAnswer | OperationStarted> {
    const body = toJson(request, 'the request');
    return this.#http.json({ method: 'POST', path: `${this.#path}/purge`, body });
  }
}
