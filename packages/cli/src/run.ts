import { CommanderError } from 'commander';
import { describeError, EXIT, exitCodeOf, InterruptedError } from './exit.ts';
import { plain } from './format.ts';
import { type Io, write } from './io.ts';
import { createProgram } from './program.ts';

/** Runs one command line; its errors become a line on stderr and an exit code. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const program = createProgram(io);
  try {
    await program.command.parseAsync([...args], { from: 'user' });
    return io.signal.aborted ? EXIT.interrupted : program.exitCode();
  } catch (thrown) {
    // Commander has said it already. Its only successes are --help and --version.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const error = io.signal.aborted ? new InterruptedError() : thrown;
    const code = exitCodeOf(error);
    if (code === EXIT.failed && !isExpected(error)) throw error;
    const { message } = error as Error;
    const json = program.command.opts<{ json?: boolean }>().json === true;
    const line = json ? JSON.stringify(describeError(error)) : `relay: ${plain(message)}`;
    await write(io.stderr, `${line}\n`);
    return code;
  }
}

/** What has a `code` is an answer to the user; anything else is a fault of ours, with its stack. */
function isExpected(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
