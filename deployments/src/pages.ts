import { fileURLToPath } from 'node:url';
import { configurationPage } from './configuration-page.ts';
import { metricList } from './metrics.ts';
import { metricsPage } from './metrics-page.ts';
import { serviceVariables } from './variables.ts';

export interface Page {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

const page = (name: string, text: string): Page => ({
  file: fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)),
  text,
});

/** The pages of `docs/` that are made, not written. */
export const pages: readonly Page[] = [
  page('configuration.md', configurationPage(serviceVariables)),
  page('metrics.md', metricsPage(metricList)),
];
