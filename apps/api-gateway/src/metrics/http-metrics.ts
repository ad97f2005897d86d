import type { Counter, Gauge, Histogram, Metrics } from '@relay/service-kit';
import type { NextFunction, Request } from 'express';
import type { GatewayResponse } from '../http/answer.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** `relay_http_*`: labels are the patterns of routes, never what was asked for. */
export class HttpMetrics {
  readonly #requests: Counter<'route' | 'method' | 'status'>;
  readonly #duration: Histogram<'route' | 'method' | 'status'>;
  readonly #inFlight: Gauge;
  readonly #rejected: Counter<'reason'>;

  constructor(metrics: Metrics) {
    const labels = ['route', 'method', 'status'] as const;
    this.#requests = metrics.counter({
      name: 'relay_http_requests_total',
      help: 'Requests answered.',
      labels,
    });
    this.#duration = metrics.histogram({
      name: 'relay_http_request_duration_seconds',
      help: 'From the end of the request header to the end of the answer.',
      labels,
    });
    this.#inFlight = metrics.gauge({
      name: 'relay_http_requests_in_flight',
      help: 'Requests that are being answered.',
    });
    this.#rejected = metrics.counter({
      name: 'relay_http_rejected_total',
      help: 'Requests that ended in a problem, by its slug.',
      labels: ['reason'],
    });
  }

  /** A request ended in a problem. */
  rejected(reason: string): void {
    this.#rejected.inc({ reason });
  }

  /** Counts every request that passes. */
  readonly middleware = (request: Request, response: GatewayResponse, next: NextFunction): void => {
    const begun = performance.now();
    this.#inFlight.inc();
    // 'close' comes after 'finish', and also when the client has gone.
    response.once('close', () => {
      this.#inFlight.dec();
      const labels = {
        route: response.locals.route,
        method: METHODS.has(request.method) ? request.method : 'other',
        status: String(response.writableFinished ? response.statusCode : 499),
      };
      this.#requests.inc(labels);
      this.#duration.observe(labels, (performance.now() - begun) / 1_000);
    });
    next();
  };
}
