import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

/** Jobs a second, unless a row or the command line says otherwise. */
export const DEFAULT_RATE = 200;

/** What was asked for on the command line. */
export interface Options {
  /** Only these rows; empty: all of the selection. */
  readonly only: readonly string[];
  readonly smoke: boolean;
  readonly seeds: readonly number[];
  /** Jobs a second of an ordinary row; the others are in proportion. */
  readonly rate: number;
  /** Writes all results there. */
  readonly json: string | undefined;
  /** Minutes of mixed faults instead of the rows. */
  readonly soakMinutes: number | undefined;
  /** The mutations instead of the rows. */
  readonly mutations: boolean;
  /** Runs the services from their source, without a build. */
  readonly source: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run faults -- [options]

  --smoke          the rows of the smoke selection, under three minutes
  --only F8,F13    these rows
  --seed N         replays a run; several: 1,2,3 (default: one by chance, which is printed)
  --rate N         jobs a second (default: 200)
  --soak MINUTES   mixed faults for so long (F32)
  --mutations      breaks the scripts on purpose, and shows which test notices; with --only: those whose name has it
  --json FILE      writes the results there, behind what is there
  --source         runs the services from their source instead of their builds
`;

/** @throws {TypeError} naming the option that is wrong. */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string' },
      soak: { type: 'string' },
      rate: { type: 'string', default: String(DEFAULT_RATE) },
      mutations: { type: 'boolean', default: false },
      json: { type: 'string' },
      source: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    only: values.only.flatMap((text) => text.split(',')).map((id) => id.trim()),
    smoke: values.smoke,
    seeds: values.seed?.split(',').map((text) => whole('--seed', text)) ?? [randomInt(2 ** 31 - 1)],
    rate: whole('--rate', values.rate),
    json: values.json,
    soakMinutes: values.soak === undefined ? undefined : positive('--soak', values.soak),
    mutations: values.mutations,
    source: values.source,
    help: values.help,
  };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`${name} takes a whole number, not "${text}"`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1_440) return value;
  throw new TypeError(`${name} takes minutes, up to a day, not "${text}"`);
}
