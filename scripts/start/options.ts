import { parseArgs } from 'node:util';
import { messageOf, StartFailure } from './errors.ts';

export interface Options {
  readonly help: boolean;
  /** Ends when the demo's jobs have come to an end. */
  readonly once: boolean;
  readonly jobs: number;
  /** Undefined: 8080, or the next one that is free. 0: any free one. */
  readonly port: number | undefined;
}

export const USAGE = `Starts Relay on this machine and runs a demonstration.

Usage: npm start [-- flags]

  --once      ends when all jobs of the demo have come to an end: 0, or 1 if one is unaccounted for
  --jobs N    how many jobs the demo posts; 200
  --port N    port of the gateway; 8080, or the next one that is free
  --help      this text

REDIS_URL     uses that Redis instead of a private one
DEMO_FOLDER   folder of documents for the demo's jobs; this repository

Ctrl-C stops everything. The services write to .relay/logs/.`;

/** @throws {StartFailure} naming the flag that is wrong. */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  return {
    help: values.help ?? false,
    once: values.once ?? false,
    jobs: values.jobs === undefined ? 200 : whole('--jobs', values.jobs, [1, 100_000]),
    port: values.port === undefined ? undefined : whole('--port', values.port, [0, 65_535]),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        once: { type: 'boolean' },
        jobs: { type: 'string' },
        port: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new StartFailure(`${messageOf(error)}; see npm start -- --help`, { cause: error });
  }
}

function whole(flag: string, text: string, [low, high]: readonly [number, number]): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= low && value <= high) return value;
  throw new StartFailure(`${flag} takes a whole number from ${low} to ${high}, not "${text}"`);
}
