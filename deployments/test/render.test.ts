import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { byId, renderKustomization } from '../src/check/kustomize.ts';
import { jsonPatch, strategicMerge } from '../src/check/merge.ts';
import { parseObjects } from '../src/check/objects.ts';
import { DEPLOYMENTS } from '../src/check/run.ts';

const run = promisify(execFile);

/** What `kustomize build` makes of a folder; undefined where there is no kustomize. */
async function realRender(folder: string): Promise<string | undefined> {
  try {
    return (await run('kustomize', ['build', folder], { maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    // Not `instanceof Error`: a test has another Error than Node.
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

const FOLDERS = [
  'kubernetes/overlays/dev',
  'kubernetes/overlays/production',
  'test/fixtures/overlays/alternatives',
];
const real = await Promise.all(FOLDERS.map((folder) => realRender(join(DEPLOYMENTS, folder))));

/** Lists that a merge has touched may differ in their order, which means nothing to Kubernetes. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .map(unordered)
      .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, unordered(item)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const withKustomize = real[0] === undefined ? it.skip : it;

withKustomize.each(FOLDERS.map((folder, i) => [folder, real[i] ?? ''] as const))(
  '%s is what kustomize makes of it (where there is one)',
  (folder, text) => {
    const expected = byId(parseObjects(text, folder));
    const actual = byId(renderKustomization(join(DEPLOYMENTS, folder)));
    expect([...actual.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
    for (const [id, object] of expected)
      expect(unordered(actual.get(id))).toEqual(unordered(object));
  },
);

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
