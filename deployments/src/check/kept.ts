import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { below, digest } from './digest.ts';
import { byId, renderKustomization } from './kustomize.ts';
import { type KubeObject, parseObjects } from './objects.ts';

const DEPLOYMENTS = fileURLToPath(new URL('../../', import.meta.url));

/** What kustomize has rendered, and is kept beside our own renders: the name of the file, and the folder. */
export const KUSTOMIZATIONS: Readonly<Record<string, string>> = {
  dev: 'kubernetes/overlays/dev',
  production: 'kubernetes/overlays/production',
  alternatives: 'test/fixtures/overlays/alternatives',
};

export const keptFile = (name: string): string =>
  join(DEPLOYMENTS, 'test', 'fixtures', 'kustomize', `${name}.yaml`);

/** The first line of a kept render: over everything that a kustomization can take. */
export function keptHeader(): string {
  const folders = ['kubernetes', 'test/fixtures/overlays'].flatMap((name) =>
    below(DEPLOYMENTS, name),
  );
  const monitoring = ['kustomization.yaml', 'prometheus-rule.yml'].map(
    (name) => `monitoring/${name}`,
  );
  return `# Made by \`npm run render\` in deployments/, by kustomize, of files with SHA-256 ${digest(DEPLOYMENTS, [...folders, ...monitoring])}.\n`;
}

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

/** Where our render of a kustomization is another than that of kustomize. */
export function differences(ours: readonly KubeObject[], text: string, name: string): string[] {
  const expected = byId(parseObjects(text, name));
  const actual = byId(ours);
  const ids = new Set([...expected.keys(), ...actual.keys()]);
  return [...ids].flatMap((id) => {
    const [one, other] = [expected.get(id), actual.get(id)].map((object) =>
      JSON.stringify(unordered(object)),
    );
    return one === other ? [] : [`${name}: ${id} is not what kustomize makes of it`];
  });
}

/** Our renders against those that kustomize has made of the same files. */
export function keptProblems(): string[] {
  return Object.entries(KUSTOMIZATIONS).flatMap(([name, folder]) => {
    const text = readFileSync(keptFile(name), 'utf8');
    if (!text.startsWith(keptHeader())) {
      return [
        `what kustomize made of ${folder} is not of these files: run \`npm run render\` in deployments/, with helm and kubectl or kustomize on the PATH`,
      ];
    }
    return differences(renderKustomization(join(DEPLOYMENTS, folder)), text, folder);
  });
}
