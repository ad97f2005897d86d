#!/usr/bin/env node
/** `relay-worker`: flags in front of the environment, and the supervisor of `--watch`. */
import { parseArgs } from 'node:util';
import { messageOf, packageVersion } from '@relay/service-kit';
import { watchWorker } from './watch.ts';

/** Flag → the variable that it sets. */
const FLAGS = {
  handlers: 'RELAY_HANDLERS',
  queues: 'RELAY_QUEUES',
  concurrency: 'RELAY_CONCURRENCY',
  isolation: 'RELAY_ISOLATION',
  redis: 'REDIS_URL',
  port: 'PORT',
} as const;

const HELP = `relay-worker --handlers <file or folder> [options]

  --handlers <path>     module with the handlers, or a folder with one file a job type
  --queues <list>       queues, as in emails:5,reports:2*3 (name:concurrency*weight)
  --concurrency <n>     how many jobs run at once
  --isolation process   runs each job in a child process
  --redis <url>         where Redis is
  --port <n>            of the probes and metrics
  --watch               for development: starts anew, after a drain, when a handler file changes
  --help, --version

Each flag sets a variable of the environment (${Object.values(FLAGS).join(', ')}); the README lists all.`;

/** What sysexits.h calls EX_USAGE. */
const USAGE = 64;

async function run(): Promise<void> {
  const text = { type: 'string' } as const;
  const yes = { type: 'boolean' } as const;
  const { values } = parseArgs({
    options: {
      handlers: text,
      queues: text,
      concurrency: text,
      isolation: text,
      redis: text,
      port: text,
      watch: yes,
      help: yes,
      version: yes,
    },
  });
  if (values.help === true) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  if (values.version === true) {
    process.stdout.write(`${packageVersion(import.meta.url)}\n`);
    return;
  }
  for (const [flag, variable] of Object.entries(FLAGS)) {
    const value = values[flag as keyof typeof FLAGS];
    if (value !== undefined) process.env[variable] = value;
  }
  if (values.watch === true) {
    const handlers = process.env['RELAY_HANDLERS'] ?? '';
    if (handlers === '') throw new Error('--watch needs --handlers');
    process.exitCode = await watchWorker(handlers);
  } else await import('./main.ts');
}

try {
  await run();
} catch (error) {
  process.stderr.write(`relay-worker: ${messageOf(error)}\n`);
  process.exitCode = USAGE;
}
