import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHART_VARIANTS, chartProblems, renderHeader } from './chart.ts';
import { composeProblems, composeSchemaProblems, composeSettings, loadCompose } from './compose.ts';
import {
  copyProblems,
  environmentOf,
  platformProblems,
  readStages,
  targetProblems,
  toolProblems,
} from './dockerfile.ts';
import {
  documentedVariables,
  forgottenVariables,
  type Setting,
  unknownVariables,
  wrongValues,
} from './environment.ts';
import { keptProblems } from './kept.ts';
import { renderKustomization } from './kustomize.ts';
import { type KubeObject, parseObjects, workloadsOf } from './objects.ts';
import { networkRules } from './rules/network.ts';
import { podRules } from './rules/pods.ts';
import { referenceRules } from './rules/references.ts';
import { type Rendered, type Rule, serviceOf } from './rules/rule.ts';
import { scalingRules } from './rules/scaling.ts';
import { schemaProblems } from './schemas.ts';
import { versionProblems } from './version.ts';
import { workflowProblems } from './workflows.ts';

export const DEPLOYMENTS = fileURLToPath(new URL('../../', import.meta.url));
const ROOT = join(DEPLOYMENTS, '..');
const CHART = join(DEPLOYMENTS, 'helm', 'relay');
const IMAGES = ['api-gateway', 'worker', 'reaper-promoter', 'dashboard', 'demo', 'demo-worker'];

const RULES: readonly Rule[] = [...podRules, ...referenceRules, ...scalingRules, ...networkRules];

/** What was checked, and what is wrong. */
export interface Report {
  readonly problems: readonly string[];
  readonly renders: number;
  readonly objects: number;
  readonly rules: number;
  readonly variables: number;
  readonly settings: number;
  readonly images: number;
  readonly workflows: number;
  /** What this machine could not tell. */
  readonly unchecked: readonly string[];
}

export function rendered(
  name: string,
  objects: readonly KubeObject[],
  production: boolean,
): Rendered {
  return { name, objects, workloads: workloadsOf(objects), production };
}

/** Both overlays, the production one with its alternatives, and the renders of the chart that are kept. */
export function allRenders(): Rendered[] {
  const overlays = join(DEPLOYMENTS, 'kubernetes', 'overlays');
  const alternatives = join(DEPLOYMENTS, 'test', 'fixtures', 'overlays');
  return [
    ...readdirSync(overlays).map((name) =>
      rendered(
        `overlays/${name}`,
        renderKustomization(join(overlays, name)),
        name === 'production',
      ),
    ),
    ...readdirSync(alternatives).map((name) =>
      rendered(`overlay ${name}`, renderKustomization(join(alternatives, name)), false),
    ),
    ...Object.keys(CHART_VARIANTS).map((name) =>
      rendered(`chart ${name}`, chartObjects(name), true),
    ),
  ];
}

export function chartFile(variant: string): string {
  return join(DEPLOYMENTS, 'helm', 'rendered', `${variant}.yaml`);
}

function chartObjects(variant: string): KubeObject[] {
  // As Helm puts what it installs into the namespace that it is told.
  return parseObjects(readFileSync(chartFile(variant), 'utf8'), chartFile(variant)).map(
    (object) => ({
      ...object,
      metadata: { ...object.metadata, namespace: 'relay' },
    }),
  );
}

/** Problems of one render, each behind its name. */
export function renderProblems(render: Rendered): string[] {
  const problems = [
    ...render.objects.flatMap(schemaProblems),
    ...RULES.flatMap((rule) => rule.check(render)),
  ];
  return problems.map((problem) => `${render.name}: ${problem}`);
}

function manifestSettings({ name, workloads }: Rendered): Setting[] {
  return workloads.flatMap((workload) =>
    workload.pod.containers.flatMap(({ env = [] }) =>
      env.map((one) => ({
        where: name,
        service: serviceOf(workload),
        name: one.name,
        value: one.value,
      })),
    ),
  );
}

function staleRenders(): string[] {
  return Object.keys(CHART_VARIANTS)
    .filter((name) => !readFileSync(chartFile(name), 'utf8').startsWith(renderHeader(CHART)))
    .map(
      (name) =>
        `helm/rendered/${name}.yaml is not of this chart: run \`npm run render\` in deployments/, with helm on the PATH`,
    );
}

/** Everything that can be told without a cluster and without a Docker engine. */
export function checkDeployments(): Report {
  const renders = allRenders();
  const dockerfile = readFileSync(join(DEPLOYMENTS, 'docker', 'Dockerfile'), 'utf8');
  const stages = readStages(dockerfile);
  const compose = loadCompose(join(DEPLOYMENTS, 'compose'));
  const imageSettings = IMAGES.flatMap((image) =>
    Object.entries(environmentOf(stages, image)).map(([name, value]) => ({
      where: 'image',
      service: image === 'demo-worker' ? 'worker' : image,
      name,
      value,
    })),
  );
  // An image alone is not to start: it is not told its Redis. Only that its names are known counts.
  const outside = [...renders.flatMap(manifestSettings), ...composeSettings(compose)];
  const shown = imageSettings.filter(({ name }) => !name.startsWith('DEMO_') && name !== 'HOST');
  const workflows = join(ROOT, '.github', 'workflows');
  const files = existsSync(workflows) ? readdirSync(workflows) : [];
  return {
    problems: [
      ...renders.flatMap(renderProblems),
      ...unknownVariables([...outside, ...shown]),
      ...wrongValues(withImages(outside, imageSettings)),
      ...forgottenVariables([...outside, ...imageSettings]),
      ...staleRenders(),
      ...keptProblems(),
      ...versionProblems(),
      ...chartProblems(CHART),
      ...IMAGES.flatMap((image) => targetProblems(stages, image)),
      ...copyProblems(stages, ROOT),
      ...platformProblems(stages),
      ...toolProblems(dockerfile, ROOT),
      ...composeSchemaProblems(compose),
      ...composeProblems(
        compose,
        join(DEPLOYMENTS, 'compose'),
        stages.map(({ name }) => name),
      ),
      ...files.flatMap((name) => workflowProblems(join(workflows, name), ROOT)),
    ],
    renders: renders.length,
    objects: renders.reduce((sum, { objects }) => sum + objects.length, 0),
    rules: RULES.length,
    variables: documentedVariables,
    settings: outside.length + imageSettings.length,
    images: IMAGES.length,
    workflows: files.length,
    unchecked: [
      'The manifests were not applied to a cluster: admission, scheduling and the effect of NetworkPolicies are untested.',
      'The images were not built, and the Compose stack was not started.',
      'The chart and the overlays were rendered by Helm and kustomize when they last changed, not in this run.',
    ],
  };
}

/** What a container is told by its image and not by its manifest. */
function withImages(outside: readonly Setting[], images: readonly Setting[]): Setting[] {
  const places = new Map(
    outside.map(({ where, service }) => [`${where} ${service}`, { where, service }]),
  );
  const inherited = [...places.values()].flatMap(({ where, service }) =>
    images
      .filter((one) => one.service === service)
      .filter(
        ({ name }) =>
          !outside.some(
            (one) => one.where === where && one.service === service && one.name === name,
          ),
      )
      .map((one) => ({ ...one, where })),
  );
  return [...outside, ...inherited];
}
