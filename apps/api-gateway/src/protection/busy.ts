import { HttpProblem } from '../http/http-problem.ts';

/** Which limit a request met: the label `reason` of `relay_http_rejected_total`. */
export type BusyReason =
  | 'key-rate'
  | 'key-concurrency'
  | 'key-streams'
  | 'overload-requests'
  | 'overload-bytes'
  | 'overload-loop';

/** The answer to a request that would be served at another time: 429 with `Retry-After`. */
export function busy(reason: BusyReason, detail: string, seconds = 1): HttpProblem {
  return new HttpProblem('rate-limited', detail, {
    reason,
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) },
  });
}
