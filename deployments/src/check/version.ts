import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DEPLOYMENTS = fileURLToPath(new URL('../../', import.meta.url));

/** Every file besides the manifests of the packages that names Relay's version: what precedes it, and the version. */
const VERSION_PLACES: readonly { readonly file: string; readonly pattern: RegExp }[] = [
  { file: join(DEPLOYMENTS, 'helm/relay/Chart.yaml'), pattern: /^((?:appV|v)ersion: )(\S+)$/gm },
  {
    file: join(DEPLOYMENTS, 'kubernetes/overlays/production/kustomization.yaml'),
    pattern: /(newTag: )([^ }]+)/g,
  },
  { file: join(DEPLOYMENTS, 'README.md'), pattern: /(relay\/worker:)(\S+)/g },
  {
    file: join(DEPLOYMENTS, '../packages/sdk/src/version.ts'),
    pattern: /(VERSION: string = ')([^']+)/g,
  },
];

/** The files of {@link VERSION_PLACES}, as they are with `version`. */
export function withVersion(version: string): { readonly file: string; readonly text: string }[] {
  return VERSION_PLACES.map(({ file, pattern }) => ({
    file,
    text: readFileSync(file, 'utf8').replace(pattern, (_, before: string) => `${before}${version}`),
  }));
}

/** The one version of all packages. */
export function relayVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(DEPLOYMENTS, '../apps/api-gateway/package.json'), 'utf8'),
  );
  return (manifest as { version: string }).version;
}

/** Places that name a version other than that of the packages. */
export function versionProblems(): string[] {
  const version = relayVersion();
  return VERSION_PLACES.flatMap(({ file, pattern }) => {
    const found = [...readFileSync(file, 'utf8').matchAll(pattern)].map((match) => match[2]);
    if (found.length === 0) return [`${file} names no version`];
    return found
      .filter((one) => one !== version)
      .map(
        (one) =>
          `${file} is of ${one}, the packages are ${version}: npm run set-version in deployments/`,
      );
  });
}
