/** The services that serve `/metrics`; the dashboard and the demo have nothing worth exporting. */
export type Exporter = 'api-gateway' | 'worker' | 'reaper-promoter';

/** One metric, as every service in `from` exposes it. */
export interface MetricDoc {
  readonly name: `relay_${string}`;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly from: readonly Exporter[];
  readonly meaning: string;
  /** Has no series until the first event, or while there is no value. Defaults to false. */
  readonly sparse?: boolean;
}

const all: readonly Exporter[] = ['api-gateway', 'worker', 'reaper-promoter'];
const gateway: readonly Exporter[] = ['api-gateway'];
const worker: readonly Exporter[] = ['worker'];
const loops: readonly Exporter[] = ['reaper-promoter'];
const workers: readonly Exporter[] = ['api-gateway', 'worker'];

type Rest = Omit<MetricDoc, 'name' | 'type'>;
const counter = (name: MetricDoc['name'], rest: Rest): MetricDoc => ({
  name,
  type: 'counter',
  ...rest,
});
const gauge = (name: MetricDoc['name'], rest: Rest): MetricDoc => ({
  name,
  type: 'gauge',
  ...rest,
});
const histogram = (name: MetricDoc['name'], rest: Rest): MetricDoc => ({
  name,
  type: 'histogram',
  ...rest,
});

/** Every metric that Relay defines. A test compares the list with a scrape of each service. */
export const metricList: readonly MetricDoc[] = [
  gauge('relay_build_info', {
    labels: ['component', 'version'],
    from: all,
    meaning: 'Always 1; the labels identify the build.',
  }),
  counter('relay_http_requests_total', {
    labels: ['route', 'method', 'status'],
    from: gateway,
    meaning: 'Requests by route pattern. Status 499: the client disconnected.',
    sparse: true,
  }),
  histogram('relay_http_request_duration_seconds', {
    labels: ['route', 'method', 'status'],
    from: gateway,
    meaning: 'From the end of the request headers to the end of the response.',
    sparse: true,
  }),
  gauge('relay_http_requests_in_flight', {
    labels: [],
    from: gateway,
    meaning: 'Requests in progress.',
  }),
  counter('relay_http_rejected_total', {
    labels: ['reason'],
    from: gateway,
    meaning: 'Requests answered with an error, by its slug.',
    sparse: true,
  }),
  gauge('relay_sse_clients', {
    labels: [],
    from: gateway,
    meaning: 'Open event streams.',
  }),
  counter('relay_jobs_enqueued_total', {
    labels: ['queue', 'result'],
    from: gateway,
    meaning: 'Enqueues: `accepted`, `duplicate` or `rejected`.',
  }),
  counter('relay_jobs_claimed_total', {
    labels: ['queue'],
    from: workers,
    meaning: 'Deliveries. The gateway counts those to workers over HTTP.',
  }),
  counter('relay_job_attempts_total', {
    labels: ['queue', 'outcome'],
    from: workers,
    meaning:
      'Deliveries that ended: `completed`, `failed`, `timeout`, `cancelled`, `released`, `unhandled`, `lease_lost`.',
  }),
  counter('relay_jobs_dead_total', {
    labels: ['queue', 'reason'],
    from: all,
    meaning:
      'Jobs that became dead letters. Worker and gateway: through a worker’s settlement. Reaper-promoter: `reaped` (the lease expired) and `expired` (not started in time).',
  }),
  counter('relay_jobs_reaped_total', {
    labels: ['queue'],
    from: loops,
    meaning: 'Expired leases that were reaped.',
  }),
  counter('relay_jobs_promoted_total', {
    labels: ['queue'],
    from: loops,
    meaning: 'Scheduled jobs made ready.',
  }),
  counter('relay_jobs_expired_total', {
    labels: ['queue'],
    from: loops,
    meaning: 'Jobs that did not start within their `expiresInMs`.',
  }),
  counter('relay_jobs_retired_total', {
    labels: ['queue'],
    from: loops,
    meaning: 'Finished jobs removed by retention.',
  }),
  counter('relay_stale_settles_total', {
    labels: ['queue', 'op'],
    from: workers,
    meaning: 'Calls (`settle`, `extend`) rejected because their lease had expired.',
  }),
  counter('relay_schedule_ticks_total', {
    labels: ['outcome'],
    from: loops,
    meaning: 'Ticks of schedules: `enqueued`, `skipped`, `missed` or `refused`.',
  }),
  gauge('relay_queue_jobs', {
    labels: ['queue', 'state'],
    from: gateway,
    meaning: 'Jobs by state.',
  }),
  gauge('relay_queue_oldest_ready_age_seconds', {
    labels: ['queue'],
    from: gateway,
    meaning: 'Age of the oldest ready job; 0 if none is ready.',
  }),
  gauge('relay_queue_promotion_lag_seconds', {
    labels: ['queue'],
    from: gateway,
    meaning: 'How long the first scheduled job has been due without being ready; 0 if none is.',
  }),
  gauge('relay_queue_paused', {
    labels: ['queue'],
    from: gateway,
    meaning: '1 while the queue is paused.',
  }),
  gauge('relay_queue_workers', {
    labels: ['queue'],
    from: gateway,
    meaning: 'Live workers that serve the queue and are not draining.',
  }),
  gauge('relay_queue_concurrency_limit', {
    labels: ['queue'],
    from: gateway,
    meaning: 'Concurrency limit of the queue; absent without a limit.',
    sparse: true,
  }),
  histogram('relay_job_wait_seconds', {
    labels: ['queue'],
    from: workers,
    meaning: 'From ready to claimed, by Redis’s clock.',
    sparse: true,
  }),
  histogram('relay_job_run_seconds', {
    labels: ['queue', 'outcome'],
    from: worker,
    meaning: 'From calling the handler to its end. Workers over HTTP measure their own.',
    sparse: true,
  }),
  gauge('relay_worker_slots', {
    labels: [],
    from: worker,
    meaning: 'The worker’s concurrency.',
  }),
  gauge('relay_worker_slots_busy', {
    labels: [],
    from: worker,
    meaning: 'Slots with a running job, or reserved for a claim in flight.',
  }),
  gauge('relay_worker_draining', {
    labels: [],
    from: worker,
    meaning: '1 while the worker drains.',
  }),
  counter('relay_worker_blocked_total', {
    labels: [],
    from: worker,
    meaning:
      'How often a handler blocked the event loop for longer than half a heartbeat interval.',
  }),
  counter('relay_worker_blocked_seconds_total', {
    labels: [],
    from: worker,
    meaning: 'Total time for which handlers blocked the event loop.',
  }),
  counter('relay_worker_blocked_extensions_total', {
    labels: [],
    from: worker,
    meaning: 'Leases extended by the heartbeat thread while the event loop was blocked.',
  }),
  counter('relay_loop_runs_total', {
    labels: ['loop', 'result'],
    from: loops,
    meaning: 'Rounds of a background loop: `ok`, `error` or `crash`.',
  }),
  histogram('relay_loop_duration_seconds', {
    labels: ['loop'],
    from: loops,
    meaning: 'Duration of a round.',
  }),
  gauge('relay_loop_last_success_timestamp_seconds', {
    labels: ['loop'],
    from: loops,
    meaning: 'When a round last succeeded, in seconds since the epoch.',
  }),
  gauge('relay_loop_queues_owned', {
    labels: ['loop'],
    from: loops,
    meaning: 'Queues or schedules owned by this replica.',
  }),
  histogram('relay_loop_lateness_seconds', {
    labels: ['loop'],
    from: loops,
    meaning: 'How long after its due time a queue was visited.',
    sparse: true,
  }),
  gauge('relay_redis_up', {
    labels: [],
    from: all,
    meaning: '1 while Redis answers this process.',
  }),
  histogram('relay_redis_script_duration_seconds', {
    labels: ['script'],
    from: all,
    meaning: 'From sending a script call to its reply, queueing included.',
    sparse: true,
  }),
  counter('relay_redis_errors_total', {
    labels: ['kind'],
    from: all,
    meaning: 'Failed Redis calls, by kind; most are retried.',
  }),
  counter('relay_redis_reconnects_total', {
    labels: [],
    from: all,
    meaning: 'Reconnects after a lost connection to Redis.',
  }),
  gauge('relay_redis_memory_used_bytes', {
    labels: [],
    from: gateway,
    meaning: 'Memory used by Redis.',
  }),
  gauge('relay_redis_memory_max_bytes', {
    labels: [],
    from: gateway,
    meaning: 'maxmemory of Redis; 0: no limit.',
  }),
  gauge('relay_redis_noeviction', {
    labels: [],
    from: gateway,
    meaning: '1 while Redis is set not to evict keys.',
  }),
  gauge('relay_redis_aof_enabled', {
    labels: [],
    from: gateway,
    meaning: '1 while Redis writes an append-only file.',
  }),
  counter('relay_redis_evicted_keys_total', {
    labels: [],
    from: gateway,
    meaning: 'Keys evicted by Redis.',
  }),
];
