import { stringify } from 'yaml';
import type { Alert, AlertCase } from './alerts.ts';

const MADE = '# Made by `npm run docs`: change deployments/src/alerts.ts, not this file.\n';
const yaml = (value: unknown): string => `${MADE}${stringify(value, { lineWidth: 0 })}`;

function annotationsOf({ name, summary, description }: Alert) {
  return { summary, description, runbook: `deployments/runbooks/${name}.md` };
}

function groupsOf(alerts: readonly Alert[]) {
  const rules = alerts.map((alert) => ({
    alert: alert.name,
    expr: alert.expr,
    ...(alert.for === undefined ? {} : { for: alert.for }),
    labels: { severity: alert.severity },
    annotations: annotationsOf(alert),
  }));
  return [{ name: 'relay', rules }];
}

/** `monitoring/alerts.yml`: a rules file of Prometheus. */
export function rulesFile(alerts: readonly Alert[]): string {
  return yaml({ groups: groupsOf(alerts) });
}

/** `monitoring/prometheus-rule.yml`: the same for the Prometheus operator. */
export function prometheusRule(alerts: readonly Alert[]): string {
  return yaml({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'relay', labels: { 'app.kubernetes.io/name': 'relay' } },
    spec: { groups: groupsOf(alerts) },
  });
}

/**
 * `monitoring/alerts.test.yml`, for `promtool test rules`. promtool compares annotations too, and
 * those show the value: what is compared is `ALERTS`, the series by which Prometheus itself says
 * what fires.
 */
export function rulesTest(alerts: readonly Alert[]): string {
  const tests = alerts.flatMap((alert) => [
    testOf(alert, 'fires', alert.fires),
    testOf(alert, 'is silent', alert.silent),
  ]);
  return yaml({ rule_files: ['alerts.yml'], evaluation_interval: '1m', tests });
}

function testOf({ name, severity }: Alert, what: string, one: AlertCase) {
  const labels = { alertname: name, alertstate: 'firing', severity, ...one.labels };
  const text = Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(', ');
  return {
    name: `${name} ${what}`,
    interval: '1m',
    input_series: Object.entries(one.series).map(([series, values]) => ({ series, values })),
    promql_expr_test: [
      {
        expr: `ALERTS{alertname="${name}",alertstate="firing"}`,
        eval_time: `${one.atMinute}m`,
        exp_samples: one.labels === undefined ? [] : [{ labels: `ALERTS{${text}}`, value: 1 }],
      },
    ],
  };
}
