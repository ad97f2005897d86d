import type { MetricDoc } from './metrics.ts';

const HEAD = `<!-- Made by \`npm run docs\`: change deployments/src/metrics.ts, not this page. -->

# Metrics

Gateway, worker and reaper-promoter answer \`/metrics\` on their port, in Prometheus's text format.
Besides what is below each shows prom-client's own \`process_*\` and \`nodejs_*\`.

- Times are in seconds, sizes in bytes. Buckets of histograms are fixed.
- Counters and histograms come from each process: \`sum(rate(…))\` over all of them.
- Gauges of shared state (\`relay_queue_*\`, \`relay_redis_memory_*\` and the like) come from every gateway and
  say the same: read them with \`max by (queue)\`, never with \`sum\`. While Redis is away they are absent.
- Counters of a queue that exists begin at 0, so that \`increase()\` sees the first event.
- The label \`queue\` is bounded: the first \`RELAY_METRICS_QUEUES\` queues keep their names, the fullest
  first, and all others share \`_other\`, with the sum of their jobs and the worst of their ages. No queue
  can be called \`_other\`. Ids of jobs are never labels.

| name | type | labels | from | meaning |
|---|---|---|---|---|
`;

/** `docs/metrics.md`. */
export function metricsPage(list: readonly MetricDoc[]): string {
  return `${HEAD}${list.map(rowOf).join('\n')}\n`;
}

function rowOf({ name, type, labels, from, meaning }: MetricDoc): string {
  const shown = labels.map((label) => `\`${label}\``).join(', ') || '–';
  return `| \`${name}\` | ${type} | ${shown} | ${from.join(', ')} | ${meaning} |`;
}
