import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  ConfigError,
  commonVariables,
  durationMs,
  type Environment,
  flag,
  list,
  loadConfig,
  portVariable,
  variablesOf,
} from '../src/index.ts';

const schema = z.object({
  ...commonVariables,
  PORT: portVariable(9101),
  RELAY_QUEUES: list(),
  RELAY_FAST: flag().default(false),
  RELAY_LEASE_MS: durationMs({ min: 1_000, max: 3_600_000 }).default(30_000),
});

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'relay-config-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

const load = (env: Environment) => loadConfig(schema, { RELAY_QUEUES: 'a', ...env });

function problemsOf(env: Environment): string[] {
  try {
    loadConfig(schema, env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.exitCode).toBe(78);
    return error.problems.map(({ variable, message }) => `${variable} ${message}`);
  }
}

describe('the environment', () => {
  it('gives checked values, with defaults for what is unset or empty', () => {
    const { config, warnings } = load({
      RELAY_QUEUES: ' emails, ,invoices',
      RELAY_FAST: 'on',
      PORT: '',
      HOST: '0.0.0.0',
    });
    expect(config).toEqual({
      REDIS_URL: 'redis://127.0.0.1:6379',
      RELAY_NAMESPACE: 'relay',
      RELAY_REDIS_WAIT_MS: 30_000,
      RELAY_METRICS_QUEUES: 500,
      HOST: '0.0.0.0',
      PORT: 9101,
      LOG_LEVEL: 'info',
      RELAY_QUEUES: ['emails', 'invoices'],
      RELAY_FAST: true,
      RELAY_LEASE_MS: 30_000,
    });
    expect(warnings).toEqual([]);
  });

  it('is refused with all problems at once, in one line', () => {
    const env = { PORT: '70000', LOG_LEVEL: 'loud', RELAY_LEASE_MS: '5s', RELAY_FAST: 'perhaps' };
    expect(problemsOf(env)).toEqual([
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent (is "loud")',
      'PORT must be between 0 and 65535 (is "70000")',
      'RELAY_QUEUES must be set',
      'RELAY_FAST must be true or false (is "perhaps")',
      'RELAY_LEASE_MS must be a whole number (is "5s")',
    ]);
    expect(() => loadConfig(schema, env)).toThrow(
      /^configuration: [^\n]*LOG_LEVEL[^\n]*PORT[^\n]*$/,
    );
  });

  it.each(['-1', '1.5', '1e3', ' 8080', '0x10', '9'.repeat(30)])('PORT cannot be %j', (PORT) => {
    expect(problemsOf({ RELAY_QUEUES: 'a', PORT })).toHaveLength(1);
  });

  it('warns of Relay variables that nobody reads, but not of what Kubernetes adds', () => {
    const { warnings } = load({
      RELAY_QUEUE: 'a',
      RELAY_REDIS_PORT: 'tcp://10.0.0.1:6379',
      RELAY_REDIS_PORT_6379_TCP_ADDR: '10.0.0.1',
      RELAY_REDIS_SERVICE_HOST: '10.0.0.1',
      OTHER: 'x',
    });
    expect(warnings).toEqual(['RELAY_QUEUE is not a variable of this service and has no effect']);
  });
});

describe('a secret', () => {
  it('may come from a file, without the line end', async () => {
    const file = join(dir, 'url');
    await writeFile(file, 'rediss://u:p@host:6380\n');
    const { config, warnings } = load({ REDIS_URL_FILE: file });
    expect(config.REDIS_URL).toBe('rediss://u:p@host:6380');
    expect(warnings).toEqual([]);
  });

  it('may not come twice, and its file must be there', async () => {
    const file = join(dir, 'empty');
    const both = { RELAY_QUEUES: 'a', REDIS_URL: 'redis://x', REDIS_URL_FILE: '/x' };
    expect(problemsOf(both)).toEqual(['REDIS_URL and REDIS_URL_FILE are mutually exclusive']);
    await writeFile(file, '\n');
    // Not the default: that would be another Redis.
    expect(problemsOf({ RELAY_QUEUES: 'a', REDIS_URL_FILE: file })).toEqual([
      `REDIS_URL_FILE names ${file}, which is empty`,
    ]);
    const missing = { RELAY_QUEUES: 'a', REDIS_URL_FILE: '/nowhere/url' };
    expect(problemsOf(missing)).toEqual([
      expect.stringMatching(/^REDIS_URL_FILE cannot be read: ENOENT/),
    ]);
  });

  it('is never shown when it is wrong', () => {
    const [problem = ''] = problemsOf({ RELAY_QUEUES: 'a', REDIS_URL: 'http://user:geheim@host' });
    expect(problem).toMatch(/^REDIS_URL must look like/);
    expect(problem).not.toContain('geheim');
  });
});

it('the README lists every common variable with its default', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  for (const { name, default: value } of variablesOf(z.object(commonVariables))) {
    expect(readme).toContain(`| \`${name}\` | \`${value ?? ''}\` |`);
  }
});
