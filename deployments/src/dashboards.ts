// Over 300 lines on purpose: it is a list of panels; what places them is at its end.
/** What a panel draws: the query, and the legend of its series. */
interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly unit: 'short' | 's' | 'ops' | 'bytes' | 'percentunit' | 'none';
  readonly queries: readonly Query[];
  /** Of 24 columns. Defaults to 8. */
  readonly width?: number;
  readonly kind?: 'timeseries' | 'stat' | 'table';
  readonly description?: string;
}

const HEIGHT = 8;
// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana's.
const SOURCE = { type: 'prometheus', uid: '${datasource}' };

const q = (expr: string, legend: string): Query => ({ expr, legend });
const RATE = '[$__rate_interval]';

const OVERVIEW: readonly Panel[] = [
  {
    title: 'Redis answers',
    unit: 'none',
    kind: 'stat',
    width: 4,
    queries: [q('min(relay_redis_up)', 'up')],
  },
  {
    title: 'Oldest ready job',
    unit: 's',
    kind: 'stat',
    width: 5,
    queries: [q('max(relay_queue_oldest_ready_age_seconds)', 'age')],
  },
  {
    title: 'Dead letters',
    unit: 'short',
    kind: 'stat',
    width: 5,
    queries: [q('sum(max by (queue) (relay_queue_jobs{state="dead"}))', 'dead')],
  },
  {
    title: 'Slots busy',
    unit: 'percentunit',
    kind: 'stat',
    width: 5,
    queries: [q('sum(relay_worker_slots_busy) / sum(relay_worker_slots)', 'busy')],
  },
  {
    title: 'Versions',
    unit: 'none',
    kind: 'stat',
    width: 5,
    queries: [q('count by (component, version) (relay_build_info)', '{{component}} {{version}}')],
  },
  {
    title: 'Jobs enqueued',
    unit: 'ops',
    queries: [q(`sum by (result) (rate(relay_jobs_enqueued_total${RATE}))`, '{{result}}')],
  },
  {
    title: 'Attempts',
    unit: 'ops',
    queries: [q(`sum by (outcome) (rate(relay_job_attempts_total${RATE}))`, '{{outcome}}')],
  },
  {
    title: 'Oldest ready job, ten worst queues',
    unit: 's',
    queries: [q('topk(10, max by (queue) (relay_queue_oldest_ready_age_seconds))', '{{queue}}')],
  },
  {
    title: 'Ready jobs, ten fullest queues',
    unit: 'short',
    queries: [q('topk(10, max by (queue) (relay_queue_jobs{state="ready"}))', '{{queue}}')],
  },
  {
    title: 'Jobs that died',
    unit: 'short',
    description: 'Within the last 15 minutes.',
    queries: [q('sum by (queue) (increase(relay_jobs_dead_total[15m])) > 0', '{{queue}}')],
  },
  {
    title: 'Expired leases and stale calls',
    unit: 'ops',
    queries: [
      q(`sum(rate(relay_jobs_reaped_total${RATE}))`, 'reaped'),
      q(`sum by (op) (rate(relay_stale_settles_total${RATE}))`, 'stale {{op}}'),
    ],
  },
  {
    title: 'HTTP requests',
    unit: 'ops',
    queries: [q(`sum by (status) (rate(relay_http_requests_total${RATE}))`, '{{status}}')],
  },
  {
    title: 'HTTP latency, p50 and p99',
    unit: 's',
    queries: [0.5, 0.99].map((part) =>
      q(
        `histogram_quantile(${part}, sum by (le) (rate(relay_http_request_duration_seconds_bucket{route!~".*(leases|events|result).*"}${RATE})))`,
        `p${part * 100}`,
      ),
    ),
    description: 'Without the routes that wait on purpose.',
  },
  {
    title: 'Requests in flight, event streams, rejections',
    unit: 'short',
    queries: [
      q('sum(relay_http_requests_in_flight)', 'in flight'),
      q('sum(relay_sse_clients)', 'streams'),
      q(`sum by (reason) (rate(relay_http_rejected_total${RATE}))`, '{{reason}} a second'),
    ],
  },
  {
    title: 'Redis memory',
    unit: 'bytes',
    queries: [
      q('max(relay_redis_memory_used_bytes)', 'used'),
      q('max(relay_redis_memory_max_bytes) > 0', 'maxmemory'),
    ],
  },
  {
    title: 'Script calls, p99',
    unit: 's',
    queries: [
      q(
        `histogram_quantile(0.99, sum by (le, script) (rate(relay_redis_script_duration_seconds_bucket${RATE})))`,
        '{{script}}',
      ),
    ],
  },
  {
    title: 'Redis errors and reconnects',
    unit: 'ops',
    queries: [
      q(`sum by (kind) (rate(relay_redis_errors_total${RATE})) > 0`, '{{kind}}'),
      q(`sum(rate(relay_redis_reconnects_total${RATE}))`, 'reconnects'),
    ],
  },
  {
    title: 'Background loops: seconds since the last success',
    unit: 's',
    queries: [q('time() - max by (loop) (relay_loop_last_success_timestamp_seconds)', '{{loop}}')],
  },
  {
    title: 'Background loops: rounds that failed',
    unit: 'ops',
    queries: [
      q(
        `sum by (loop, result) (rate(relay_loop_runs_total{result!="ok"}${RATE}))`,
        '{{loop}} {{result}}',
      ),
    ],
  },
  {
    title: 'Event loop lag, p99',
    unit: 's',
    queries: [
      q(
        'nodejs_eventloop_lag_p99_seconds * on (job, instance) group_left (component) relay_build_info',
        '{{component}} {{instance}}',
      ),
    ],
  },
];

const QUEUE: readonly Panel[] = [
  {
    title: 'Jobs by state',
    unit: 'short',
    width: 12,
    queries: [q('max by (state) (relay_queue_jobs{queue="$queue"})', '{{state}}')],
  },
  {
    title: 'Age of the oldest ready job, lateness of the first scheduled one',
    unit: 's',
    width: 12,
    queries: [
      q('max(relay_queue_oldest_ready_age_seconds{queue="$queue"})', 'oldest ready'),
      q('max(relay_queue_promotion_lag_seconds{queue="$queue"})', 'promotion lag'),
    ],
  },
  {
    title: 'Enqueued',
    unit: 'ops',
    queries: [
      q(`sum by (result) (rate(relay_jobs_enqueued_total{queue="$queue"}${RATE}))`, '{{result}}'),
    ],
  },
  {
    title: 'Claimed and ended',
    unit: 'ops',
    queries: [
      q(`sum(rate(relay_jobs_claimed_total{queue="$queue"}${RATE}))`, 'claimed'),
      q(`sum by (outcome) (rate(relay_job_attempts_total{queue="$queue"}${RATE}))`, '{{outcome}}'),
    ],
  },
  {
    title: 'Failure ratio',
    unit: 'percentunit',
    queries: [
      q(
        `sum(rate(relay_job_attempts_total{queue="$queue",outcome=~"failed|timeout"}${RATE})) / sum(rate(relay_job_attempts_total{queue="$queue",outcome=~"completed|failed|timeout"}${RATE}))`,
        'failed',
      ),
    ],
  },
  {
    title: 'Wait until claimed',
    unit: 's',
    queries: [0.5, 0.99].map((part) =>
      q(
        `histogram_quantile(${part}, sum by (le) (rate(relay_job_wait_seconds_bucket{queue="$queue"}${RATE})))`,
        `p${part * 100}`,
      ),
    ),
  },
  {
    title: 'Run time',
    unit: 's',
    queries: [0.5, 0.99].map((part) =>
      q(
        `histogram_quantile(${part}, sum by (le) (rate(relay_job_run_seconds_bucket{queue="$queue"}${RATE})))`,
        `p${part * 100}`,
      ),
    ),
  },
  {
    title: 'Workers, concurrency limit, paused',
    unit: 'short',
    queries: [
      q('max(relay_queue_workers{queue="$queue"})', 'workers'),
      q('max(relay_queue_concurrency_limit{queue="$queue"})', 'limit'),
      q('max(relay_queue_paused{queue="$queue"})', 'paused'),
    ],
  },
  {
    title: 'Died, by reason',
    unit: 'short',
    description: 'Within the last 15 minutes.',
    queries: [
      q('sum by (reason) (increase(relay_jobs_dead_total{queue="$queue"}[15m]))', '{{reason}}'),
    ],
  },
  {
    title: 'Reaped, promoted, expired, retired',
    unit: 'ops',
    queries: ['reaped', 'promoted', 'expired', 'retired'].map((what) =>
      q(`sum(rate(relay_jobs_${what}_total{queue="$queue"}${RATE}))`, what),
    ),
  },
  {
    title: 'Stale calls',
    unit: 'ops',
    queries: [q(`sum by (op) (rate(relay_stale_settles_total{queue="$queue"}${RATE}))`, '{{op}}')],
  },
];

/** Left to right, top to bottom. */
function placed(panels: readonly Panel[]): object[] {
  let x = 0;
  let y = 0;
  return panels.map((panel, index) => {
    const { width = 8, kind = 'timeseries', title, description, unit, queries } = panel;
    if (x + width > 24) {
      x = 0;
      y += HEIGHT;
    }
    const gridPos = { x, y, w: width, h: HEIGHT };
    x += width;
    return {
      id: index + 1,
      type: kind,
      title,
      ...(description === undefined ? {} : { description }),
      datasource: SOURCE,
      gridPos,
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      options: {},
      targets: queries.map(({ expr, legend }, at) => ({
        refId: String.fromCharCode(65 + at),
        datasource: SOURCE,
        expr,
        legendFormat: legend,
      })),
    };
  });
}

const DATASOURCE = {
  name: 'datasource',
  type: 'datasource',
  query: 'prometheus',
  label: 'Prometheus',
};
const QUEUE_VARIABLE = {
  name: 'queue',
  type: 'query',
  label: 'Queue',
  datasource: SOURCE,
  query: { query: 'label_values(relay_queue_jobs, queue)', refId: 'queues' },
  refresh: 2,
  sort: 1,
};

function dashboard(uid: string, title: string, panels: readonly Panel[], variables: object[]) {
  return {
    uid,
    title,
    tags: ['relay'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: { list: variables },
    links: [
      { type: 'dashboards', title: 'Relay', tags: ['relay'], asDropdown: true, keepTime: true },
    ],
    panels: placed(panels),
  };
}

export const overviewDashboard = dashboard('relay-overview', 'Relay: overview', OVERVIEW, [
  DATASOURCE,
]);
export const queueDashboard = dashboard('relay-queue', 'Relay: one queue', QUEUE, [
  DATASOURCE,
  QUEUE_VARIABLE,
]);

/** Every query of the dashboards, by the title of its panel. */
export const dashboardQueries: readonly { readonly panel: string; readonly expr: string }[] = [
  ...OVERVIEW,
  ...QUEUE,
].flatMap(({ title, queries }) => queries.map(({ expr }) => ({ panel: title, expr })));
