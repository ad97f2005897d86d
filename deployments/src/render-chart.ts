/**
 * `npm run render`, with helm and kubectl (or kustomize) on the PATH: renders the chart in all its variants into
 * `helm/rendered/`, and each kustomization into `test/fixtures/kustomize/`, where the checks read them on machines that
 * have neither.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART_VARIANTS, renderHeader } from './check/chart.ts';
import { KUSTOMIZATIONS, keptFile, keptHeader } from './check/kept.ts';
import { chartFile, DEPLOYMENTS } from './check/run.ts';

const chart = join(DEPLOYMENTS, 'helm', 'relay');
// Since which the sleep of a preStop is there; a helm that was built from source takes itself for an older one.
const VERSION = ['--kube-version', '1.33.0'];

execFileSync('helm', ['lint', '--strict', ...VERSION, chart], { stdio: 'inherit' });
for (const [name, settings] of Object.entries(CHART_VARIANTS)) {
  const set = settings.flatMap((setting) => [
    setting.endsWith('}') ? '--set-json' : '--set',
    setting,
  ]);
  const args = ['template', 'relay', chart, '--namespace', 'relay', ...VERSION, ...set];
  writeFileSync(
    chartFile(name),
    renderHeader(chart) + execFileSync('helm', args, { encoding: 'utf8' }),
  );
}

/** As `kustomize build` does; kubectl has one inside. */
function kustomize(folder: string): string {
  const options = { encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  try {
    return execFileSync('kustomize', ['build', folder], options);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return execFileSync('kubectl', ['kustomize', folder], options);
  }
}

for (const [name, folder] of Object.entries(KUSTOMIZATIONS))
  writeFileSync(keptFile(name), keptHeader() + kustomize(join(DEPLOYMENTS, folder)));
