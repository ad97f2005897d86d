/** The services that answer `/metrics`; the dashboard and the demo hold no state that is worth one. */
export type Exporter = 'api-gateway' | 'worker' | 'reaper-promoter';

/** One metric, as every service in `from` exposes it. */
export interface MetricDoc {
  readonly name: `relay_${string}`;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly from: readonly Exporter[];
  readonly meaning: string;
  /** Has no series until something has happened, or while there is nothing to say. Defaults to false. */
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

/** Every metric of Relay's own. A test holds it against a scrape of each service. */
export const metricList: readonly MetricDoc[] = [
  gauge('relay_build_info', {
    labels: ['component', 'version'],
    from: all,
    meaning: 'Always 1; the labels say what runs.',
  }),
  counter('relay_http_requests_total', {
    labels: ['route', 'method', 'status'],
    from: gateway,
    meaning: 'Requests, by pattern of the route. Status 499: the client had gone.',
    sparse: true,
  }),
  histogram('relay_http_request_duration_seconds', {
    labels: ['route', 'method', 'status'],
    from: gateway,
    meaning: 'From the end of the request’s header to the end of the answer.',
    sparse: true,
  }),
  gauge('relay_http_requests_in_flight', {
    labels: [],
    from: gateway,
    meaning: 'Requests that are being answered.',
  }),
  counter('relay_http_rejected_total', {
    labels: ['reason'],
    from: gateway,
    meaning: 'Requests that ended in a problem, by its slug.',
    sparse: true,
  }),
  gauge('relay_sse_clients', {
    labels: [],
    from: gateway,
    meaning: 'Event streams that are open.',
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
      'Jobs that went to the dead letters. Worker and gateway: by the settlement of a worker. Reaper-promoter: `reaped` (its lease had expired) and `expired` (not started in time).',
  }),
  counter('relay_jobs_reaped_total', {
    labels: ['queue'],
    from: loops,
    meaning: 'Expired leases that were acted upon.',
  }),
  counter('relay_jobs_promoted_total', {
    labels: ['queue'],
    from: loops,
    meaning: 'Scheduled jobs that were made ready.',
  }),
  counter('relay_jobs_expired_total', {
    labels: ['queue'],
    from: loops,
    meaning: 'Jobs that were not started within their `expiresInMs`.',
  }),
  counter('relay_jobs_retired_total', {
    labels: ['queue'],
    from: loops,
    meaning: 'Ended jobs that retention has removed.',
  }),
  counter('relay_stale_settles_total', {
    labels: ['queue', 'op'],
    from: workers,
    meaning: 'Calls (`settle`, `extend`) that were refused because their lease had gone.',
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
    meaning: 'Age of the longest waiting ready job; 0 when none is ready.',
  }),
  gauge('relay_queue_promotion_lag_seconds', {
    labels: ['queue'],
    from: gateway,
    meaning: 'How long the first scheduled job is due but not ready; 0 when none is.',
  }),
  gauge('relay_queue_paused', {
    labels: ['queue'],
    from: gateway,
    meaning: '1 while the queue is paused.',
  }),
  gauge('relay_queue_workers', {
    labels: ['queue'],
    from: gateway,
    meaning: 'Live workers that serve the queue and do not drain.',
  }),
  gauge('relay_queue_concurrency_limit', {
    labels: ['queue'],
    from: gateway,
    meaning: 'How many jobs of the queue may run at once; absent without a limit.',
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
    meaning: 'From the call of the handler to its end. Workers over HTTP know theirs themselves.',
    sparse: true,
  }),
  gauge('relay_worker_slots', {
    labels: [],
    from: worker,
    meaning: 'How many jobs may run at once.',
  }),
  gauge('relay_worker_slots_busy', {
    labels: [],
    from: worker,
    meaning: 'Slots with a running job, or kept free for a claim under way.',
  }),
  gauge('relay_worker_draining', {
    labels: [],
    from: worker,
    meaning: '1 while the worker claims no more because it stops.',
  }),
  counter('relay_worker_blocked_total', {
    labels: [],
    from: worker,
    meaning: 'How often a handler held up the event loop for longer than half a heartbeat.',
  }),
  counter('relay_worker_blocked_seconds_total', {
    labels: [],
    from: worker,
    meaning: 'How long, together.',
  }),
  counter('relay_worker_blocked_extensions_total', {
    labels: [],
    from: worker,
    meaning: 'Leases that the heartbeat thread extended meanwhile.',
  }),
  counter('relay_loop_runs_total', {
    labels: ['loop', 'result'],
    from: loops,
    meaning: 'Rounds of a background loop: `ok`, `error` or `crash`.',
  }),
  histogram('relay_loop_duration_seconds', {
    labels: ['loop'],
    from: loops,
    meaning: 'How long a round took.',
  }),
  gauge('relay_loop_last_success_timestamp_seconds', {
    labels: ['loop'],
    from: loops,
    meaning: 'When a round last ended well, in seconds since the epoch.',
  }),
  gauge('relay_loop_queues_owned', {
    labels: ['loop'],
    from: loops,
    meaning: 'Queues, or schedules, that this replica looks after.',
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
    meaning: 'From sending a script call to its answer, waiting in line included.',
    sparse: true,
  }),
  counter('relay_redis_errors_total', {
    labels: ['kind'],
    from: all,
    meaning: 'Tries of calls to Redis that failed; most are tried again.',
  }),
  counter('relay_redis_reconnects_total', {
    labels: [],
    from: all,
    meaning: 'How often a lost connection to Redis came back.',
  }),
  gauge('relay_redis_memory_used_bytes', {
    labels: [],
    from: gateway,
    meaning: 'Memory that Redis uses.',
  }),
  gauge('relay_redis_memory_max_bytes', {
    labels: [],
    from: gateway,
    meaning: 'maxmemory of Redis; 0: no limit.',
  }),
  gauge('relay_redis_noeviction', {
    labels: [],
    from: gateway,
    meaning: '1 while Redis does not throw keys away.',
  }),
  gauge('relay_redis_aof_enabled', {
    labels: [],
    from: gateway,
    meaning: '1 while Redis writes an append-only file.',
  }),
  counter('relay_redis_evicted_keys_total', {
    labels: [],
    from: gateway,
    meaning: 'Keys that Redis has thrown away.',
  }),
];
