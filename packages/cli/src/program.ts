import { Command, Option } from 'commander';
import type { Action, Attach } from './action.ts';
import { addCompletion } from './commands/completion.ts';
import { addDeadLetters } from './commands/dead-letters.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEnqueue } from './commands/enqueue.ts';
import { addJobs } from './commands/jobs.ts';
import { addKeys } from './commands/keys.ts';
import { addQueues } from './commands/queues.ts';
import { addSchedules } from './commands/schedules.ts';
import { addStats } from './commands/stats.ts';
import { Context, type GlobalOptions } from './context.ts';
import type { Io } from './io.ts';
import { durationValue } from './values.ts';
import { VERSION } from './version.ts';

export interface Program {
  readonly command: Command;
  /** Of the command that ran; 0 unless it said otherwise. */
  readonly exitCode: () => number;
}

const FOOTER = `
Environment:
  RELAY_URL            where the gateway is (http://127.0.0.1:8080)
  RELAY_API_KEY        the API key, or RELAY_API_KEY_FILE, a file that holds it
  NO_COLOR             no colours

Exit codes: 0 done, 1 failed, 2 used wrongly, 3 unreachable, 4 not allowed, 5 not found,
130 interrupted, 141 the reader of its output has gone.`;

/** All commands. */
export function createProgram(io: Io): Program {
  let exitCode = 0;
  const program = new Command('relay')
    .description('The Relay command line: enqueue jobs, manage queues, diagnose problems.')
    .version(VERSION)
    .option('--url <url>', 'URL of the gateway; default: RELAY_URL')
    .option('--api-key-file <file>', 'file with the API key; default: RELAY_API_KEY')
    .addOption(
      new Option('--timeout <duration>', 'time limit of a request (10s)').argParser(durationValue),
    )
    .option('--json', 'JSON output: one value, or one line per item of a list')
    .option('--no-color', 'no colours, as with NO_COLOR')
    .addHelpText('after', FOOTER)
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .showHelpAfterError('(see --help)')
    .exitOverride();

  const attach: Attach = <O>(command: Command, action: Action<O>) => {
    command.action(async () => {
      const context = new Context(io, program.opts<GlobalOptions>());
      exitCode = (await action(context, command.args, command.opts() as O)) ?? 0;
    });
  };
  addEnqueue(program, attach);
  addQueues(program, attach);
  addStats(program, attach);
  addJobs(program, attach);
  addDeadLetters(program, attach);
  addSchedules(program, attach);
  addKeys(program, attach);
  addDoctor(program, attach);
  addCompletion(program, attach);
  return { command: program, exitCode: () => exitCode };
}
