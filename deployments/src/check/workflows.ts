import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseDocument } from 'yaml';

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly 'runs-on'?: string;
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on?: unknown;
  readonly permissions?: object;
  readonly jobs?: Readonly<Record<string, Job>>;
}

/** A commit: a tag or a branch can be moved to other code. */
const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;

/**
 * Checks the structure of a GitHub Actions workflow and the mistakes that would only show on GitHub. `actionlint` checks
 * more, but its current version is not on npm.
 */
export function workflowProblems(file: string, root: string): string[] {
  const name = basename(file);
  const document = parseDocument(readFileSync(file, 'utf8'));
  const [error] = document.errors;
  if (error !== undefined) return [`${name} is not valid YAML: ${error.message}`];
  const { on, permissions, jobs = {} } = document.toJS() as Workflow;
  return [
    ...(on === undefined ? [`${name}: has no trigger`] : []),
    ...(permissions === undefined ? [`${name}: does not limit its permissions`] : []),
    ...Object.entries(jobs).flatMap(([id, job]) =>
      jobProblems(job, jobs, root).map((one) => `${name} ${id}: ${one}`),
    ),
  ];
}

function jobProblems(job: Job, jobs: Readonly<Record<string, Job>>, root: string): string[] {
  const needs = typeof job.needs === 'string' ? [job.needs] : (job.needs ?? []);
  return [
    ...(job['runs-on'] === undefined ? ['has no runs-on'] : []),
    ...(job['timeout-minutes'] === undefined ? ['has no timeout-minutes'] : []),
    ...needs.filter((one) => !(one in jobs)).map((one) => `needs ${one}, which does not exist`),
    ...(job.steps ?? []).flatMap((step) => stepProblems(step, root)),
    ...publishProblems(job),
  ];
}

/** What would make a publish to npm go out without authentication or provenance, mostly without an error. */
function publishProblems({ steps = [], permissions = {} }: Job): string[] {
  if (
    !steps.some(
      ({ uses, with: w }) => (uses ?? '').startsWith('changesets/action@') && w?.['publish'],
    )
  )
    return [];
  const rival = steps.some(
    ({ uses, with: w }) => /setup-node@/.test(uses ?? '') && w?.['registry-url'],
  );
  const variable = steps
    .flatMap(({ env = {} }) => Object.keys(env))
    .find((name) => /PROVENANCE/.test(name));
  return [
    ...(permissions['id-token'] === 'write'
      ? []
      : ['publishes without `id-token: write`, so without provenance']),
    ...(rival
      ? ['registry-url makes setup-node write an .npmrc that overrides the one with NPM_TOKEN']
      : []),
    ...(variable === undefined
      ? []
      : [`pnpm does not read ${variable}: scripts/release.mjs passes --provenance`]),
  ];
}

function stepProblems({ uses, run, with: inputs }: Step, root: string): string[] {
  if ((uses === undefined) === (run === undefined))
    return ['a step needs either `uses` or `run`, and not both'];
  const { scripts, packageManager } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as { scripts: object; packageManager?: string };
  if (uses !== undefined)
    return [
      ...(PINNED.test(uses) ? [] : [`${uses} is not pinned to a commit`]),
      // setup-node calls the package manager that package.json names, to find its cache; the runner has no pnpm.
      ...(uses.startsWith('actions/setup-node@') &&
      packageManager !== undefined &&
      inputs?.['package-manager-cache'] !== false
        ? [`setup-node needs \`package-manager-cache: false\`: there is no ${packageManager} yet`]
        : []),
    ];
  return [...(run ?? '').matchAll(/npm run (?:--silent )?(\w[\w:-]*)|bash (\.ci\/\S+)/g)].flatMap(
    ([, script, path]) => {
      if (script !== undefined) return script in scripts ? [] : [`there is no script ${script}`];
      return existsSync(join(root, path ?? '')) ? [] : [`there is no ${path}`];
    },
  );
}
