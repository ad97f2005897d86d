/** A try of a request that is about to be sent. */
export interface RequestInfo {
  readonly method: string;
  readonly url: string;
  /** From 1. */
  readonly attempt: number;
  /** May be added to: `headers.set('traceparent', …)` is carried into the job. */
  readonly headers: Headers;
}

/** How a try ended. */
export interface ResponseInfo extends RequestInfo {
  /** Undefined when there was no answer. */
  readonly status?: number | undefined;
  /** Under which the gateway logged it; undefined when there was no answer. */
  readonly requestId?: string | undefined;
  /** Why there was no answer; undefined when there was one, whatever its status. */
  readonly error?: unknown;
  readonly durationMs: number;
}

/**
 * Called around every attempt, for traces and metrics. An exception in a hook is thrown by the call.
 *
 * @example
 * ```ts
 * const relay = new Relay({
 *   url,
 *   hooks: { onRequest: ({ headers }) => headers.set('traceparent', currentTraceparent()) },
 * });
 * ```
 */
export interface RelayHooks {
  /** Called before each attempt. Defaults to none. */
  readonly onRequest?: (request: RequestInfo) => void;
  /** Called after each attempt, with or without a response. Defaults to none. */
  readonly onResponse?: (response: ResponseInfo) => void;
}
