import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { rulesFile, rulesTest } from '../src/alert-files.ts';
import { alerts } from '../src/alerts.ts';
import { promtool } from './support/promtool.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const at = (...path: string[]) => join(ROOT, ...path);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-rules-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('the alerts', () => {
  it('are rules that Prometheus takes', async () => {
    const { code, output } = await promtool(['check', 'rules', at('monitoring', 'alerts.yml')]);
    expect([code, output]).toEqual([0, expect.stringContaining(`${alerts.length} rules found`)]);
  });

  it('each fire in one case and keep silent in another', async () => {
    const tests = parse(await readFile(at('monitoring', 'alerts.test.yml'), 'utf8')).tests;
    expect(tests).toHaveLength(2 * alerts.length);
    const { code, output } = await promtool(['test', 'rules', at('monitoring', 'alerts.test.yml')]);
    expect([code, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it.each([
    ['always', 'vector(1)', 'exp: nil'],
    ['never', 'vector(1) > 2', 'got: nil'],
  ])('would each be found out if it fired %s', async (_, expr, verdict) => {
    const wrong = alerts.map((alert) => ({ ...alert, expr }));
    await writeFile(join(folder, 'alerts.yml'), rulesFile(wrong));
    await writeFile(join(folder, 'alerts.test.yml'), rulesTest(alerts));
    const { code, output } = await promtool(['test', 'rules', join(folder, 'alerts.test.yml')]);
    expect(code).toBe(1);
    const failures = output.split(/^ {4}expr: /m).filter((failure) => failure.includes(verdict));
    const found = alerts.filter(({ name }) => failures.some((one) => one.includes(`"${name}\\"`)));
    expect(failures).toHaveLength(alerts.length);
    expect(found).toHaveLength(alerts.length);
  });

  it('are the same in the PrometheusRule', async () => {
    const rules = parse(await readFile(at('monitoring', 'alerts.yml'), 'utf8'));
    const object = parse(await readFile(at('monitoring', 'prometheus-rule.yml'), 'utf8'));
    expect(object.kind).toBe('PrometheusRule');
    expect(object.spec.groups).toEqual(rules.groups);
  });

  it('have a page each, and no page is left over', async () => {
    const missing = alerts.filter(({ name }) => !existsSync(at('runbooks', `${name}.md`)));
    expect(missing.map(({ name }) => name)).toEqual([]);
    const pages = (await readdir(at('runbooks'))).filter((file) => file !== 'README.md');
    expect(pages.toSorted()).toEqual(alerts.map(({ name }) => `${name}.md`).toSorted());
    for (const { name } of alerts) {
      // oxlint-disable-next-line no-await-in-loop -- a few small files.
      const page = await readFile(at('runbooks', `${name}.md`), 'utf8');
      expect(page).toMatch(new RegExp(`^# ${name}\n`));
      for (const part of ['## Meaning', '## Check', '## Fix']) expect(page).toContain(part);
    }
  });
});

/** The queries of a dashboard's file. */
async function queriesOf(file: string): Promise<string[]> {
  const { panels } = JSON.parse(await readFile(at('monitoring', 'grafana', file), 'utf8')) as {
    panels: { targets: { expr: string }[] }[];
  };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
}

describe.each(['overview.json', 'queue.json'])('the dashboard %s', (file) => {
  it('asks what Prometheus understands', async () => {
    const queries = await queriesOf(file);
    expect(queries.length).toBeGreaterThan(10);
    const rules = queries.map((expr, index) => ({
      record: `query:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$queue', 'emails'),
    }));
    const rulesOf = join(folder, `${file}.yml`);
    await writeFile(rulesOf, stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { code, output } = await promtool(['check', 'rules', rulesOf]);
    expect([code, output]).toEqual([0, expect.stringContaining(`${rules.length} rules found`)]);
  });
});
