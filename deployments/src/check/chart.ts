import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The variants of the chart whose renders are kept, with what they set. */
export const CHART_VARIANTS: Readonly<Record<string, readonly string[]>> = {
  default: [],
  full: ['keda.enabled=true', 'monitoring.enabled=true', 'redisCaConfigMap=relay-redis-ca'],
};

/** One number over all files of a chart: a render that was made from others is stale. */
function chartDigest(folder: string): string {
  const files = [
    'Chart.yaml',
    'values.yaml',
    ...readdirSync(join(folder, 'templates')).map((name) => `templates/${name}`),
  ];
  const hash = createHash('sha256');
  for (const name of files.toSorted())
    hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

/** The first line of a kept render. */
export function renderHeader(folder: string): string {
  return `# Made by \`npm run render\` in deployments/, of the chart with SHA-256 ${chartDigest(folder)}.\n`;
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
