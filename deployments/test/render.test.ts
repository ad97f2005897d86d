import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { differences, KUSTOMIZATIONS, keptFile, keptHeader } from '../src/check/kept.ts';
import { renderKustomization } from '../src/check/kustomize.ts';
import { jsonPatch, strategicMerge } from '../src/check/merge.ts';
import { DEPLOYMENTS } from '../src/check/run.ts';

it.each(Object.entries(KUSTOMIZATIONS))('%s is what kustomize makes of it', (name, folder) => {
  const text = readFileSync(keptFile(name), 'utf8');
  const ours = renderKustomization(join(DEPLOYMENTS, folder));
  expect(text.startsWith(keptHeader())).toBe(true);
  expect(differences(ours, text, name)).toEqual([]);
  // One object too few, and one that is another.
  expect(differences(ours.slice(1), text, name)).toHaveLength(1);
  const other = text.replace('runAsUser: 65532', 'runAsUser: 65533');
  expect(differences(ours, other, name)).toEqual([
    expect.stringMatching(/Deployment.*is not what kustomize makes of it/),
  ]);
});

it('merges maps deeply and named lists by name, replaces other lists, and removes by null', () => {
  const base = { a: { b: 1, c: 2 }, env: [{ name: 'A', value: '1' }], args: ['x', 'y'], gone: 1 };
  const patch = {
    a: { c: 3 },
    env: [{ name: 'B' }, { name: 'A', value: '2' }],
    args: ['z'],
    gone: null,
  };
  expect(strategicMerge(base, patch)).toEqual({
    a: { b: 1, c: 3 },
    env: [{ name: 'A', value: '2' }, { name: 'B' }],
    args: ['z'],
  });
  expect(() => strategicMerge({}, { $patch: 'delete' })).toThrow('not supported');
});

it('applies JSON patches, and none to what is not there', () => {
  const base = { spec: { replicas: 2, list: ['a'] } };
  expect(jsonPatch(base, [{ op: 'remove', path: '/spec/replicas' }])).toEqual({
    spec: { list: ['a'] },
  });
  expect(jsonPatch(base, [{ op: 'add', path: '/spec/list/-', value: 'b' }])).toMatchObject({
    spec: { list: ['a', 'b'] },
  });
  expect(jsonPatch(base, [{ op: 'replace', path: '/spec/list/0', value: 'b' }])).toMatchObject({
    spec: { list: ['b'] },
  });
  expect(base.spec.replicas).toBe(2);
  expect(() => jsonPatch(base, [{ op: 'remove', path: '/spec/x' }])).toThrow('there is no /spec/x');
});

it('refuses what it cannot render, and patches that meet nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'relay-render-'));
  const kustomization = (text: string) => writeFile(join(folder, 'kustomization.yaml'), text);
  await kustomization('namePrefix: x-\n');
  expect(() => renderKustomization(folder)).toThrow('namePrefix cannot be rendered here');
  await kustomization('patches: [{ target: { kind: Deployment, name: x }, patch: "{}" }]\n');
  expect(() => renderKustomization(folder)).toThrow('meets nothing');
  await kustomization('resources: [missing.yaml]\n');
  expect(() => renderKustomization(folder)).toThrow('there is no');
  await rm(folder, { recursive: true });
});
