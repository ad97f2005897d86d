import { parseArgs } from 'node:util';
import { name as queueName } from '@relay/contract';
import {
  ConfigError,
  commonVariables,
  durationMs,
  type Environment,
  integer,
  list,
  loadConfig,
  messageOf,
} from '@relay/service-kit';
import { z } from 'zod';
import { isFolder, REPOSITORY } from './documents.ts';

const percent = () => integer({ min: 0, max: 100 });

/** The demo's environment. */
export const demoSchema = z.object({
  RELAY_API_URL: z
    .url({ protocol: /^https?$/, error: 'must look like http://127.0.0.1:8080' })
    .default('http://127.0.0.1:8080')
    .meta({ description: 'The gateway.' }),
  RELAY_API_KEY: z
    .exactOptional(z.string())
    .meta({ description: 'API key, if the gateway requires one.', secret: true }),
  LOG_LEVEL: commonVariables.LOG_LEVEL,
  DEMO_JOBS: integer({ min: 1, max: 1_000_000 })
    .default(200)
    .meta({ description: 'How many jobs.' }),
  DEMO_QUEUE: queueName.default('demo').meta({ description: 'The queue to use.' }),
  DEMO_RATE: integer({ min: 0, max: 100_000 })
    .default(0)
    .meta({ description: 'Jobs per second; 0: as fast as they are accepted.' }),
  DEMO_BROKEN_PERCENT: percent()
    .default(10)
    .meta({ description: 'Percentage of jobs that always fail and become dead letters.' }),
  DEMO_FLAKY_PERCENT: percent()
    .default(10)
    .meta({ description: 'Percentage of jobs that fail at first and then succeed.' }),
  DEMO_DELAYED_PERCENT: percent().default(10).meta({ description: 'Percentage of delayed jobs.' }),
  DEMO_DELAY_MS: durationMs({ max: 3_600_000 })
    .default(1_000)
    .meta({ description: 'Maximum delay.' }),
  DEMO_PRIORITIES: list()
    .pipe(z.array(z.coerce.number<string>().int().min(-1_000).max(1_000)).min(1))
    .default([0, 5, 10])
    .meta({ description: 'Priorities, used in turn.', defaultText: '0,5,10' }),
  DEMO_HOLD_MS: durationMs({ max: 60_000 }).default(0).meta({
    description: 'How long each job additionally holds its slot, simulating a slow service.',
  }),
  DEMO_PATIENCE_MS: durationMs({ min: 1_000 }).default(60_000).meta({
    description: 'Gives up after this long without a job being accepted or finishing.',
  }),
  DEMO_FOLDER: z.string().refine(isFolder, 'is not a folder').default(REPOSITORY).meta({
    description: 'Folder of documents; the workers need the same.',
    defaultText: 'the repository',
  }),
});
export type DemoConfig = Readonly<z.output<typeof demoSchema>>;

const FLAGS: Readonly<Record<string, keyof DemoConfig>> = {
  url: 'RELAY_API_URL',
  jobs: 'DEMO_JOBS',
  queue: 'DEMO_QUEUE',
  rate: 'DEMO_RATE',
  broken: 'DEMO_BROKEN_PERCENT',
  flaky: 'DEMO_FLAKY_PERCENT',
  delayed: 'DEMO_DELAYED_PERCENT',
  'delay-ms': 'DEMO_DELAY_MS',
  priorities: 'DEMO_PRIORITIES',
  'hold-ms': 'DEMO_HOLD_MS',
  'patience-ms': 'DEMO_PATIENCE_MS',
  folder: 'DEMO_FOLDER',
};

export type Command =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'run'; readonly config: DemoConfig; readonly warnings: readonly string[] };

/**
 * The command line over the environment: a flag wins over its variable.
 *
 * @throws {ConfigError} for an unknown flag, and for every value that is wrong.
 */
export function readCommand(args: readonly string[], env: Environment): Command {
  const flags = parseFlags(args);
  if (flags['help'] === true) return { kind: 'help', text: usage() };
  const given = Object.entries(FLAGS).flatMap(([flag, variable]) => {
    const value = flags[flag];
    return typeof value === 'string' ? [[variable, value]] : [];
  });
  const { config, warnings } = loadConfig(demoSchema, { ...env, ...Object.fromEntries(given) });
  return { kind: 'run', config, warnings };
}

function parseFlags(args: readonly string[]): Record<string, unknown> {
  const texts = Object.keys(FLAGS).map((flag) => [flag, { type: 'string' }] as const);
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { ...Object.fromEntries(texts), help: { type: 'boolean', short: 'h' } },
    });
    return values;
  } catch (error) {
    throw new ConfigError([{ variable: 'command line:', message: messageOf(error) }]);
  }
}

function usage(): string {
  const lines = Object.entries(FLAGS).map(([flag, variable]) => {
    const { description = '' } = demoSchema.shape[variable].meta() ?? {};
    return `  ${`--${flag}`.padEnd(14)} ${variable.padEnd(22)} ${description}`;
  });
  return [
    'Posts jobs to Relay and follows each of them to its end.',
    '',
    'Usage: node apps/demo/dist/main.js [flags]',
    '',
    ...lines,
    `  ${''.padEnd(14)} ${'RELAY_API_KEY'.padEnd(22)} API key, if the gateway requires one.`,
    '',
    'Exit code: 0 when all jobs are accounted for, 1 when one is not, 78 for a wrong setting.',
  ].join('\n');
}
