import { type DestinationStream, type Logger, pino } from 'pino';
import { complain, LogWriter } from './log-writer.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** Name of the service, on every line. */
  readonly name: string;
  readonly version: string;
  /** Defaults to `info`. */
  readonly level?: string;
  /** Defaults to stdout, written at once, so that the last line of a dying process is seen; see {@link LogWriter}. */
  readonly destination?: DestinationStream;
}

/** Fields that may hold what only the job's owner should see. */
const PRIVATE_FIELDS = [
  'payload',
  'result',
  'token',
  'leaseToken',
  'authorization',
  'Authorization',
  'password',
  'secret',
  'apiKey',
  'REDIS_URL',
  'RELAY_API_KEY',
];

/**
 * A logger that writes one JSON object a line: `level`, `time` (RFC 3339), `service`, `version`,
 * `msg`. Payloads, tokens, keys and credentials are replaced by `[redacted]`, up to two levels deep.
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: { service: options.name, version: options.version },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: PRIVATE_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[redacted]',
      },
    },
    options.destination ?? new LogWriter(1, (what) => complain(`${options.name}: ${what}`)),
  );
}

/** A Redis URL as it may be shown: without user, password and query. */
export function describeUrl(url: string): string {
  return url.replace(/^([a-z+]+:\/\/)(?:[^@/]*@)?([^?#]*).*$/i, '$1$2');
}
