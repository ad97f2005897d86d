/**
 * The kinds of environment variables. Each takes the text of a variable and gives a checked value,
 * so that a service's schema is one `z.object` whose keys are the names of its variables.
 */
import { z } from 'zod';

/** A whole number between `min` and `max`, both included. */
export function integer({ min, max }: { min: number; max: number }) {
  return z
    .string()
    .regex(/^[+-]?\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(
      z
        .number()
        .min(min, `must be between ${min} and ${max}`)
        .max(max, `must be between ${min} and ${max}`),
    );
}

/** A duration in milliseconds. */
export function durationMs({ min = 0, max = 86_400_000 }: { min?: number; max?: number } = {}) {
  return integer({ min, max });
}

/** Texts separated by commas; blanks around them are dropped, empty ones too. */
export function list() {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );
}

/** `true`/`1`/`on` or `false`/`0`/`off`. */
export function flag() {
  return z
    .enum(['true', '1', 'on', 'false', '0', 'off'], { error: 'must be true or false' })
    .transform((text) => text === 'true' || text === '1' || text === 'on');
}

/** A TCP port; 0 asks the system for a free one. */
export function port() {
  return integer({ min: 0, max: 65_535 });
}

/** What every service understands. `PORT` is apart, because its default differs: see {@link portVariable}. */
export const commonVariables = {
  REDIS_URL: z
    .string()
    .regex(
      /^rediss?(\+(sentinel|cluster))?:\/\/\S+$/,
      'must look like redis://127.0.0.1:6379 or rediss://user:password@host:6380/0',
    )
    .default('redis://127.0.0.1:6379')
    .meta({ description: 'Redis URL, with credentials if needed.', secret: true }),
  RELAY_NAMESPACE: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      'must be 1–64 letters, digits, dots, dashes or underscores',
    )
    .default('relay')
    .meta({ description: 'Prefix of every key in Redis; the same for all services.' }),
  RELAY_REDIS_WAIT_MS: durationMs().default(30_000).meta({
    description: 'How long to wait for Redis at start; 0: forever.',
  }),
  RELAY_METRICS_QUEUES: integer({ min: 1, max: 100_000 }).default(500).meta({
    description: 'How many queues get metrics of their own; the others share the label `_other`.',
  }),
  HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Address to listen on; 0.0.0.0 for all.' }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be one of trace, debug, info, warn, error, fatal, silent',
    })
    .default('info')
    .meta({ description: 'Minimum level to log.' }),
};

/** `PORT`, with the service's own default. */
export function portVariable(defaultPort: number) {
  return port()
    .default(defaultPort)
    .meta({ description: 'Port to listen on; 0 picks a free one.' });
}
