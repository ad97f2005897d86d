import { parseArgs } from 'node:util';

/** What was asked for on the command line. */
export interface Options {
  /** Only these cases or rows; undefined: all. */
  readonly only: readonly string[] | undefined;
  readonly quick: boolean;
  /** Writes all results there. */
  readonly json: string | undefined;
  readonly profile: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run bench -- [options]

  --quick          the rows with goals, in under two minutes: to see, not to quote
  --only NAME      this case or row; may be given several times
  --list           shows the cases and their rows
  --profile        CPU profiles of the clients and Redis's commands, in benchmarks/.relay/profiles
  --json FILE      writes the results there, for npm run bench:report
`;

/** @throws {TypeError} naming the option that is wrong. */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      profile: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { only, json, ...flags } = values;
  return { ...flags, only, json };
}
