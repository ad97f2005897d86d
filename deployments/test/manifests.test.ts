import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { forgottenVariables, unknownVariables, wrongValues } from '../src/check/environment.ts';
import { allRenders, checkDeployments, DEPLOYMENTS } from '../src/check/run.ts';
import { renderOf } from './support/renders.ts';

describe('the deployments', () => {
  it('are sound', () => {
    const { problems, ...counts } = checkDeployments();
    expect(problems).toEqual([]);
    expect(counts.objects).toBeGreaterThan(100);
    expect(counts.settings).toBeGreaterThan(150);
  });
});

describe('the chart', () => {
  it('gives a service what values.yaml says, once and in full', () => {
    const worker = allRenders()
      .find((one) => one.name === 'chart full')
      ?.workloads.find(({ name }) => name === 'relay-worker');
    const env = worker?.pod.containers[0]?.env?.filter(({ name }) =>
      ['LOG_LEVEL', 'RELAY_LEASE_MS', 'RELAY_NAMESPACE'].includes(name),
    );
    expect(env).toEqual([
      { name: 'RELAY_NAMESPACE', value: 'relay' },
      { name: 'LOG_LEVEL', value: 'debug' },
      { name: 'RELAY_LEASE_MS', value: '1200000' },
    ]);
  });

  it('has no worker where none is wanted, and the alerts of the kustomization', () => {
    const one = renderOf('chart minimal').find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'relay-worker',
    );
    expect(one).toMatchObject({ spec: { replicas: 0 } });
    const rules = ['chart full', 'overlays/production'].map((name) =>
      renderOf(name).find(({ kind }) => kind === 'PrometheusRule'),
    );
    expect(rules[0]).toMatchObject({ spec: (rules[1] as { spec?: object }).spec });
    expect(rules[0]?.metadata.labels).toMatchObject({ release: 'prometheus' });
  });
});

describe('variables', () => {
  const at = { where: 'here', service: 'worker' };

  it('must be known to their service, with values that it takes', () => {
    expect(unknownVariables([{ ...at, name: 'RELAY_CONCURENCY', value: '1' }])).toHaveLength(1);
    expect(unknownVariables([{ ...at, name: 'NODE_EXTRA_CA_CERTS', value: '/ca' }])).toEqual([]);
    const handlers = { ...at, name: 'RELAY_HANDLERS', value: '/h' };
    expect(wrongValues([handlers])).toEqual([]);
    expect(wrongValues([handlers, { ...at, name: 'RELAY_CONCURRENCY', value: 'many' }])[0]).toMatch(
      /whole number/,
    );
    expect(wrongValues([{ ...at, name: 'RELAY_CONCURRENCY', value: '5' }])[0]).toMatch(
      /RELAY_HANDLERS/,
    );
  });

  it('must be set somewhere, or be left to their defaults by name', () => {
    expect(forgottenVariables([], []).length).toBeGreaterThan(40);
    expect(forgottenVariables([], ['worker RELAY_GONE']).join()).toMatch(
      /RELAY_GONE in LEFT_TO_DEFAULTS is no/,
    );
  });
});

describe('the users of Redis', () => {
  it('the gateway may call whatever a script of the broker calls', () => {
    const lua = join(DEPLOYMENTS, '..', 'packages', 'broker', 'lua');
    const called = new Set(
      readdirSync(lua, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.lua'))
        .flatMap((name) => [...readFileSync(join(lua, name), 'utf8').matchAll(/call\('([A-Z]+)'/g)])
        .map((match) => match[1]!.toLowerCase()),
    );
    const template = readFileSync(join(DEPLOYMENTS, 'redis', 'users.acl.template'), 'utf8');
    const gateway = template
      .split('\n')
      .find((line) => line.startsWith('user relay-api-gateway '))!;
    expect(called.size).toBeGreaterThan(20);
    expect([...called].filter((command) => !gateway.split(' ').includes(`+${command}`))).toEqual(
      [],
    );
  });
});
