import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { below, digest } from './digest.ts';

/** The variants of the chart whose renders are kept, with what they set. */
export const CHART_VARIANTS: Readonly<Record<string, readonly string[]>> = {
  default: [],
  full: [
    'keda.enabled=true',
    'monitoring.enabled=true',
    'monitoring.labels.release=prometheus',
    'redisCaConfigMap=relay-redis-ca',
    'worker.pod.priorityClassName=jobs',
    'image.tag=1.2.3',
    // As values.yaml has it: its numbers are floating.
    'worker.env={"LOG_LEVEL":"debug","RELAY_LEASE_MS":1200000}',
  ],
  // Everything off that can be off, and what may be none.
  minimal: [
    'apiGateway.autoscaling.enabled=false',
    'worker.replicas=0',
    'dashboard.enabled=false',
    'worker.drainMs=1800000',
  ],
};

/** The first line of a kept render. */
export function renderHeader(folder: string): string {
  const files = [
    'Chart.yaml',
    'values.yaml',
    ...below(folder, 'templates'),
    ...below(folder, 'files'),
  ];
  return `# Made by \`npm run render\` in deployments/, of the chart with SHA-256 ${digest(folder, files)}.\n`;
}

/** What can be held against each other without Helm: values that templates use and that are there. */
export function chartProblems(folder: string): string[] {
  const values: unknown = parse(readFileSync(join(folder, 'values.yaml'), 'utf8'));
  const names = readdirSync(join(folder, 'templates'));
  const texts = names.map(
    (name) => [name, readFileSync(join(folder, 'templates', name), 'utf8')] as const,
  );
  const defined = new Set(
    texts.flatMap(([, text]) => [...text.matchAll(/define "([^"]+)"/g)].map((match) => match[1])),
  );
  return texts.flatMap(([name, text]) => [
    ...[...text.matchAll(/\.Values\.([A-Za-z0-9.]+)/g)]
      .map((match) => match[1] ?? '')
      .filter((path) => !has(values, path.split('.')))
      .map((path) => `chart ${name}: there is no value ${path}`),
    ...[...text.matchAll(/include "([^"]+)"/g)]
      .filter((match) => !defined.has(match[1]))
      .map((match) => `chart ${name}: includes ${match[1]}, which is not defined`),
    ...(count(text, '{{') === count(text, '}}') ? [] : [`chart ${name}: its braces do not match`]),
  ]);
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function has(value: unknown, [head, ...rest]: readonly string[]): boolean {
  if (head === undefined) return true;
  return typeof value === 'object' && value !== null && head in value
    ? has((value as Record<string, unknown>)[head], rest)
    : false;
}
