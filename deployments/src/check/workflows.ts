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

/** A major version or a commit: never a branch. */
const PINNED = /^[\w.-]+\/[\w./-]+@(v\d+(\.\d+)*|[0-9a-f]{40})$/;

/**
 * The structure of a workflow of GitHub Actions: what `actionlint` would say is more, but no registry of packages for
 * Node has it.
 */
export function workflowProblems(file: string, root: string): string[] {
  const name = basename(file);
  const document = parseDocument(readFileSync(file, 'utf8'));
  const [error] = document.errors;
  if (error !== undefined) return [`${name} is no YAML: ${error.message}`];
  const { on, permissions, jobs = {} } = document.toJS() as Workflow;
  return [
    ...(on === undefined ? [`${name}: has no event`] : []),
    ...(permissions === undefined ? [`${name}: takes every permission that there is`] : []),
    ...Object.entries(jobs).flatMap(([id, job]) =>
      jobProblems(job, jobs, root).map((one) => `${name} ${id}: ${one}`),
    ),
  ];
}

function jobProblems(job: Job, jobs: Readonly<Record<string, Job>>, root: string): string[] {
  const needs = typeof job.needs === 'string' ? [job.needs] : (job.needs ?? []);
  return [
    ...(job['runs-on'] === undefined ? ['has no machine'] : []),
    ...(job['timeout-minutes'] === undefined ? ['may run for ever'] : []),
    ...needs.filter((one) => !(one in jobs)).map((one) => `waits for ${one}, which is not there`),
    ...(job.steps ?? []).flatMap((step) => stepProblems(step, root)),
    ...publishProblems(job),
  ];
}

/** What makes a job that publishes to npm do so without a name, a token or provenance, mostly in silence. */
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
      : ['publishes without `id-token: write`: npm cannot be told who built it']),
    ...(rival
      ? ['setup-node writes an .npmrc (registry-url) in front of that which holds NPM_TOKEN']
      : []),
    ...(variable === undefined
      ? []
      : [`${variable} is not for pnpm to read: --provenance is in scripts/release.mjs`]),
  ];
}

function stepProblems({ uses, run }: Step, root: string): string[] {
  if ((uses === undefined) === (run === undefined))
    return ['a step neither uses nor runs one thing'];
  if (uses !== undefined) return PINNED.test(uses) ? [] : [`${uses} is not pinned`];
  const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: object;
  };
  return [...(run ?? '').matchAll(/npm run (?:--silent )?(\w[\w:-]*)|bash (\.ci\/\S+)/g)].flatMap(
    ([, script, path]) => {
      if (script !== undefined)
        return script in scripts.scripts ? [] : [`there is no script ${script}`];
      return existsSync(join(root, path ?? '')) ? [] : [`there is no ${path}`];
    },
  );
}
