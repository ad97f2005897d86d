/**
 * `npm run render`, with helm on the PATH: renders the chart in all its variants into `helm/rendered/`, where the
 * checks read it on machines without Helm.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART_VARIANTS, renderHeader } from './check/chart.ts';
import { chartFile, DEPLOYMENTS } from './check/run.ts';

const chart = join(DEPLOYMENTS, 'helm', 'relay');
// Since which the sleep of a preStop is there; a helm that was built from source takes itself for an older one.
const VERSION = ['--kube-version', '1.33.0'];

execFileSync('helm', ['lint', '--strict', ...VERSION, chart], { stdio: 'inherit' });
for (const [name, settings] of Object.entries(CHART_VARIANTS)) {
  const set = settings.flatMap((setting) => ['--set', setting]);
  const args = ['template', 'relay', chart, '--namespace', 'relay', ...VERSION, ...set];
  writeFileSync(
    chartFile(name),
    renderHeader(chart) + execFileSync('helm', args, { encoding: 'utf8' }),
  );
}
