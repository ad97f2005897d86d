import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { composeProblems, composeSchemaProblems, loadCompose } from '../src/check/compose.ts';
import {
  copyProblems,
  platformProblems,
  readStages,
  targetProblems,
  toolProblems,
} from '../src/check/dockerfile.ts';
import { DEPLOYMENTS } from '../src/check/run.ts';

describe('images and Compose', () => {
  const dockerfile = readFileSync(join(DEPLOYMENTS, 'docker', 'Dockerfile'), 'utf8');
  const root = join(DEPLOYMENTS, '..');
  const targetWith = (from: string | RegExp, to: string): string =>
    targetProblems(readStages(dockerfile.replace(from, to)), 'worker').join('\n');

  it('an image that is root, starts a shell or has the build in it is refused', () => {
    expect(targetWith('none of this', '')).toBe('');
    expect(targetWith('USER 65532:65532', 'USER node')).toMatch(/not as a number/);
    expect(targetWith('ENTRYPOINT ["/nodejs/bin/node"]', 'ENTRYPOINT npm start')).toMatch(
      /exec form/,
    );
    expect(targetWith('FROM runtime AS worker', 'FROM base AS worker')).toMatch(
      /everything that a build needs/,
    );
    expect(targetProblems(readStages(dockerfile), 'scheduler')).toEqual([
      'there is no target scheduler',
    ]);
  });

  it('sources that are not there and other tools than the repository has are refused', () => {
    const stages = (from: string, to: string) => readStages(dockerfile.replace(from, to));
    expect(copyProblems(stages('COPY docs', 'COPY documents'), root).join()).toMatch(
      /no documents/,
    );
    expect(copyProblems(stages('--from=build-worker', '--from=builder'), root).join()).toMatch(
      /builder/,
    );
    expect(toolProblems(dockerfile.replace('pnpm@', 'pnpm@1'), root)).toHaveLength(1);
    expect(platformProblems(stages('', ''))).toEqual([]);
    expect(platformProblems(stages("-name '*.node'", "-name '*.so'"))).toHaveLength(1);
  });

  it('Compose is held against its schema and itself', () => {
    const folder = join(DEPLOYMENTS, 'compose');
    const text = readFileSync(join(folder, 'compose.yaml'), 'utf8');
    const file = (from: string, to: string) =>
      parse(text.replace(from, to), { merge: true }) as never;
    expect(composeSchemaProblems(file('restart: unless-stopped', 'restrat: always'))).not.toEqual(
      [],
    );
    const problems = (from: string, to: string) =>
      composeProblems(file(from, to), folder, ['worker']).join('\n');
    expect(problems("'127.0.0.1:8080:8080'", "'8080:8080'")).toMatch(
      /opens 8080:8080 to everybody/,
    );
    expect(problems('secrets: [redis-url.worker]', 'secrets: []')).toMatch(
      /not given the file of REDIS_URL_FILE/,
    );
    expect(problems('target: demo-worker', 'target: gone')).toMatch(/built from the target gone/);
    expect(problems('./prometheus.yaml:', './prometheus.yml:')).toMatch(/mounts .\/prometheus.yml/);
    expect(Object.keys(loadCompose(folder).services)).toContain('grafana');
  });
});
