import { fileURLToPath } from 'node:url';
import { prometheusRule, rulesFile, rulesTest } from './alert-files.ts';
import { alerts } from './alerts.ts';
import { configurationPage } from './configuration-page.ts';
import { overviewDashboard, queueDashboard } from './dashboards.ts';
import { metricList } from './metrics.ts';
import { metricsPage } from './metrics-page.ts';
import { serviceVariables } from './variables.ts';

export interface Page {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

const page = (name: string, text: string): Page => ({
  file: fileURLToPath(new URL(`../../${name}`, import.meta.url)),
  text,
});

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The files that are made, not written. */
export const pages: readonly Page[] = [
  page('docs/configuration.md', configurationPage(serviceVariables)),
  page('docs/metrics.md', metricsPage(metricList)),
  page('deployments/monitoring/alerts.yml', rulesFile(alerts)),
  page('deployments/monitoring/alerts.test.yml', rulesTest(alerts)),
  page('deployments/monitoring/prometheus-rule.yml', prometheusRule(alerts)),
  // The chart can read no file outside of itself.
  page('deployments/helm/relay/files/alerts.yaml', rulesFile(alerts)),
  page('deployments/monitoring/grafana/overview.json', json(overviewDashboard)),
  page('deployments/monitoring/grafana/queue.json', json(queueDashboard)),
];
