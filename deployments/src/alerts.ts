// Over 300 lines because it is one list of alerts.
/** One alert, with a test case in which it fires and one in which it does not. */
export interface Alert {
  /** Also the name of its runbook in `runbooks/`. */
  readonly name: `Relay${string}`;
  readonly expr: string;
  readonly for?: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly summary: string;
  readonly description: string;
  readonly fires: AlertCase;
  readonly silent: AlertCase;
}

/** Series with one value a minute, in promtool's notation. */
export interface AlertCase {
  readonly series: Readonly<Record<string, string>>;
  /** When the alerts are evaluated, in minutes. */
  readonly atMinute: number;
  /** Labels of the firing alert, besides its severity. Only with `fires`. */
  readonly labels?: Readonly<Record<string, string>>;
}

const ENQUEUE = 'route=~"/v1/queues/{queue}/jobs(/bulk)?",method="POST"';
const age = 'relay_queue_oldest_ready_age_seconds{queue="emails"}';
const jobs = (state: string) => `relay_queue_jobs{queue="emails",state="${state}"}`;
const workers = 'relay_queue_workers{queue="emails"}';
const attempts = (outcome: string) =>
  `relay_job_attempts_total{queue="emails",outcome="${outcome}"}`;
const requests = (status: string) =>
  `relay_http_requests_total{route="/v1/queues/{queue}/jobs",method="POST",status="${status}"}`;
const duration = (le: string) =>
  `relay_http_request_duration_seconds_bucket{route="/v1/queues/{queue}/jobs",method="POST",status="201",le="${le}"}`;
const swept = 'relay_loop_last_success_timestamp_seconds{loop="sweep"}';
const queue = { queue: 'emails' };

/** On age and ratio, not on depth: a deep queue that moves is healthy. */
export const alerts: readonly Alert[] = [
  {
    name: 'RelayQueueStalled',
    expr: 'max by (queue) (relay_queue_oldest_ready_age_seconds) > 300 unless on (queue) max by (queue) (relay_queue_paused) == 1',
    for: '5m',
    severity: 'warning',
    summary: 'Jobs of queue {{ $labels.queue }} wait too long',
    description: 'The oldest ready job has been waiting for {{ $value | humanizeDuration }}.',
    fires: { series: { [age]: '0+60x20' }, atMinute: 15, labels: queue },
    silent: {
      series: { [age]: '0+60x20', 'relay_queue_paused{queue="emails"}': '1x20' },
      atMinute: 15,
    },
  },
  {
    name: 'RelayBacklogWithoutWorkers',
    expr: 'max by (queue) (relay_queue_oldest_ready_age_seconds) > 60 and on (queue) max by (queue) (relay_queue_workers) == 0 unless on (queue) max by (queue) (relay_queue_paused) == 1',
    for: '5m',
    severity: 'critical',
    summary: 'No workers for queue {{ $labels.queue }}',
    description:
      'Jobs have been ready for {{ $value | humanizeDuration }}, and no live worker serves the queue.',
    fires: { series: { [age]: '0+60x20', [workers]: '0x20' }, atMinute: 10, labels: queue },
    // Its runbook says to pause a queue that nothing serves any more.
    silent: {
      series: {
        [age]: '0+60x20',
        [workers]: '0x20',
        'relay_queue_paused{queue="emails"}': '1x20',
        'relay_queue_oldest_ready_age_seconds{queue="served"}': '0+60x20',
        'relay_queue_workers{queue="served"}': '1x20',
      },
      atMinute: 10,
    },
  },
  {
    name: 'RelayGatewayAbsent',
    expr: 'absent(relay_build_info{component="api-gateway"})',
    for: '5m',
    severity: 'critical',
    summary: 'No gateway can be scraped',
    description:
      'Nothing can be enqueued over HTTP, and the alerts on queues and Redis memory cannot fire: only gateways export those metrics.',
    fires: {
      series: { 'relay_build_info{component="worker",version="1"}': '1x20' },
      atMinute: 10,
      labels: { component: 'api-gateway' },
    },
    silent: {
      series: { 'relay_build_info{component="api-gateway",version="1"}': '1x20' },
      atMinute: 10,
    },
  },
  {
    name: 'RelayLoopAbsent',
    expr: 'time() - max by (loop) (relay_loop_last_success_timestamp_seconds{loop=~"sweep|schedules-sweep"}) > 60 or absent(relay_loop_last_success_timestamp_seconds{loop="sweep"})',
    for: '2m',
    severity: 'critical',
    summary: 'Background loop {{ $labels.loop }} is not running',
    description: 'Expired leases are not reaped, and scheduled jobs do not become ready.',
    fires: { series: { [swept]: '0x20' }, atMinute: 10, labels: { loop: 'sweep' } },
    silent: { series: { [swept]: '0+60x20' }, atMinute: 10 },
  },
  {
    name: 'RelayPromotionLag',
    expr: 'max by (queue) (relay_queue_promotion_lag_seconds) > 10',
    for: '2m',
    severity: 'warning',
    summary: 'Scheduled jobs of queue {{ $labels.queue }} are late',
    description:
      'The first one has been due for {{ $value | humanizeDuration }} and is not ready yet.',
    fires: {
      series: { 'relay_queue_promotion_lag_seconds{queue="emails"}': '0+60x10' },
      atMinute: 5,
      labels: queue,
    },
    silent: {
      series: { 'relay_queue_promotion_lag_seconds{queue="emails"}': '0 60 0x8' },
      atMinute: 5,
    },
  },
  {
    name: 'RelayDeadLettersGrowing',
    expr: 'sum by (queue) (increase(relay_jobs_dead_total[15m])) > 10',
    severity: 'warning',
    summary: 'Dead letters of queue {{ $labels.queue }} are growing',
    description: '{{ $value | humanize }} jobs became dead letters within 15 minutes.',
    fires: {
      series: { 'relay_jobs_dead_total{queue="emails",reason="attempts-exhausted"}': '0+2x20' },
      atMinute: 15,
      labels: queue,
    },
    silent: {
      series: { 'relay_jobs_dead_total{queue="emails",reason="attempts-exhausted"}': '0x5 3x15' },
      atMinute: 15,
    },
  },
  {
    name: 'RelayFailureRatioHigh',
    expr: 'sum by (queue) (rate(relay_job_attempts_total{outcome=~"failed|timeout"}[10m])) / sum by (queue) (rate(relay_job_attempts_total{outcome=~"completed|failed|timeout"}[10m])) > 0.2 and sum by (queue) (increase(relay_job_attempts_total{outcome=~"completed|failed|timeout"}[10m])) > 20',
    for: '5m',
    severity: 'warning',
    summary: 'Many attempts in queue {{ $labels.queue }} fail',
    description:
      '{{ $value | humanizePercentage }} of the attempts of the last 10 minutes failed or timed out.',
    fires: {
      series: { [attempts('completed')]: '0+50x30', [attempts('failed')]: '0+50x30' },
      atMinute: 20,
      labels: queue,
    },
    // Half of them too, but of four.
    silent: {
      series: { [attempts('completed')]: '0 1 2x28', [attempts('failed')]: '0 1 2x28' },
      atMinute: 8,
    },
  },
  {
    name: 'RelayLeasesExpire',
    expr: 'sum by (queue) (increase(relay_jobs_reaped_total[10m])) > 5',
    severity: 'warning',
    summary: 'Leases of queue {{ $labels.queue }} expire',
    description:
      '{{ $value | humanize }} leases expired within 10 minutes before their job was settled: workers die or send no heartbeats.',
    fires: {
      series: { 'relay_jobs_reaped_total{queue="emails"}': '0+1x20' },
      atMinute: 15,
      labels: queue,
    },
    silent: { series: { 'relay_jobs_reaped_total{queue="emails"}': '0x5 2x15' }, atMinute: 15 },
  },
  {
    name: 'RelayStaleSettles',
    expr: 'sum by (queue) (increase(relay_stale_settles_total[10m])) > 5',
    severity: 'warning',
    summary: 'Workers of queue {{ $labels.queue }} settle jobs they no longer hold',
    description:
      '{{ $value | humanize }} settlements or heartbeats within 10 minutes came after their lease had expired: those jobs run twice.',
    fires: {
      series: { 'relay_stale_settles_total{queue="emails",op="settle"}': '0+1x20' },
      atMinute: 15,
      labels: queue,
    },
    silent: {
      series: { 'relay_stale_settles_total{queue="emails",op="settle"}': '0x5 2x15' },
      atMinute: 15,
    },
  },
  {
    name: 'RelayStuckActive',
    expr: 'max by (queue) (relay_queue_jobs{state="active"}) > 0 and on (queue) sum by (queue) (increase(relay_job_attempts_total[30m])) == 0',
    for: '15m',
    severity: 'info',
    summary: 'Active jobs of queue {{ $labels.queue }} do not finish',
    description:
      '{{ $value | humanize }} jobs are active, and no delivery has ended for half an hour.',
    fires: {
      series: { [jobs('active')]: '3x60', [attempts('completed')]: '5x60' },
      atMinute: 50,
      labels: queue,
    },
    silent: {
      series: { [jobs('active')]: '3x60', [attempts('completed')]: '0+1x60' },
      atMinute: 50,
    },
  },
  {
    name: 'RelayRedisDown',
    expr: 'min by (job, instance) (relay_redis_up) == 0',
    for: '1m',
    severity: 'critical',
    summary: '{{ $labels.instance }} cannot reach Redis',
    description: 'Until it can, this process accepts, starts and settles no jobs.',
    fires: {
      series: { 'relay_redis_up{job="relay-worker",instance="w1"}': '1 0x10' },
      atMinute: 5,
      labels: { job: 'relay-worker', instance: 'w1' },
    },
    silent: {
      series: { 'relay_redis_up{job="relay-worker",instance="w1"}': '1 0 1x10' },
      atMinute: 5,
    },
  },
  {
    name: 'RelayRedisMemoryHigh',
    expr: 'max(relay_redis_memory_used_bytes) / (max(relay_redis_memory_max_bytes) > 0) > 0.8',
    for: '5m',
    severity: 'warning',
    summary: 'Redis is nearly full',
    description:
      '{{ $value | humanizePercentage }} of maxmemory is in use. At 100 % new jobs are refused.',
    fires: {
      series: { relay_redis_memory_used_bytes: '900x20', relay_redis_memory_max_bytes: '1000x20' },
      atMinute: 10,
      labels: {},
    },
    // Without a limit there is no ratio.
    silent: {
      series: { relay_redis_memory_used_bytes: '900x20', relay_redis_memory_max_bytes: '0x20' },
      atMinute: 10,
    },
  },
  {
    name: 'RelayRedisEvicting',
    expr: 'max(relay_redis_noeviction) == 0 or max(increase(relay_redis_evicted_keys_total[10m])) > 0',
    severity: 'critical',
    summary: 'Redis evicts keys',
    description:
      'Its maxmemory-policy is not noeviction, or keys have been evicted: jobs may be lost.',
    fires: { series: { relay_redis_noeviction: '1 0x10' }, atMinute: 5, labels: {} },
    silent: {
      series: { relay_redis_noeviction: '1x20', relay_redis_evicted_keys_total: '0x20' },
      atMinute: 15,
    },
  },
  {
    name: 'RelayRedisNotDurable',
    expr: 'max(relay_redis_aof_enabled) == 0',
    for: '10m',
    severity: 'warning',
    summary: 'Redis writes no append-only file',
    description: 'A restart of Redis loses every job since its last snapshot.',
    fires: { series: { relay_redis_aof_enabled: '0x20' }, atMinute: 15, labels: {} },
    silent: { series: { relay_redis_aof_enabled: '0x5 1x15' }, atMinute: 15 },
  },
  {
    name: 'RelayEnqueueErrors',
    expr: `sum(rate(relay_http_requests_total{${ENQUEUE},status=~"5.."}[5m])) / sum(rate(relay_http_requests_total{${ENQUEUE}}[5m])) > 0.01`,
    for: '5m',
    severity: 'critical',
    summary: 'Enqueue requests fail',
    description: '{{ $value | humanizePercentage }} of the enqueue requests get a 5xx response.',
    fires: {
      series: { [requests('201')]: '0+90x20', [requests('503')]: '0+10x20' },
      atMinute: 15,
      labels: {},
    },
    silent: {
      series: { [requests('201')]: '0+90x20', [requests('422')]: '0+10x20' },
      atMinute: 15,
    },
  },
  {
    name: 'RelayEnqueueSlow',
    expr: `histogram_quantile(0.99, sum by (le) (rate(relay_http_request_duration_seconds_bucket{${ENQUEUE}}[5m]))) > 0.5`,
    for: '10m',
    severity: 'warning',
    summary: 'Enqueue requests are slow',
    description:
      'The slowest 1 % of enqueue requests take longer than {{ $value | humanizeDuration }}.',
    fires: {
      series: {
        [duration('0.5')]: '0+50x30',
        [duration('1')]: '0+100x30',
        [duration('+Inf')]: '0+100x30',
      },
      atMinute: 20,
      labels: {},
    },
    silent: {
      series: {
        [duration('0.5')]: '0+100x30',
        [duration('1')]: '0+100x30',
        [duration('+Inf')]: '0+100x30',
      },
      atMinute: 20,
    },
  },
  {
    name: 'RelayEventLoopLag',
    expr: 'nodejs_eventloop_lag_p99_seconds * on (job, instance) group_left (component) relay_build_info > 0.25',
    for: '5m',
    severity: 'warning',
    summary: 'The event loop of {{ $labels.component }} {{ $labels.instance }} is blocked',
    description: '1 % of its iterations are more than {{ $value | humanizeDuration }} late.',
    fires: {
      series: {
        'nodejs_eventloop_lag_p99_seconds{job="w",instance="w1"}': '0.4x20',
        'relay_build_info{job="w",instance="w1",component="worker",version="0.1.0"}': '1x20',
      },
      atMinute: 10,
      labels: { job: 'w', instance: 'w1', component: 'worker' },
    },
    silent: {
      series: {
        'nodejs_eventloop_lag_p99_seconds{job="w",instance="w1"}': '0.02x20',
        'relay_build_info{job="w",instance="w1",component="worker",version="0.1.0"}': '1x20',
      },
      atMinute: 10,
    },
  },
  {
    name: 'RelayVersionSkew',
    expr: 'count(count by (version) (relay_build_info)) > 1',
    for: '1h',
    severity: 'info',
    summary: 'Services of several versions run side by side',
    description: '{{ $value }} versions have been running for an hour: is an upgrade stuck?',
    fires: {
      series: {
        'relay_build_info{component="worker",version="0.1.0"}': '1x90',
        'relay_build_info{component="worker",version="0.2.0"}': '1x90',
      },
      atMinute: 80,
      labels: {},
    },
    silent: {
      series: {
        'relay_build_info{component="worker",version="0.1.0"}': '1x90',
        'relay_build_info{component="worker",version="0.2.0"}': '1x30',
      },
      atMinute: 80,
    },
  },
];
