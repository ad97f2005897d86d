import type { Command } from 'commander';
import type { Context } from './context.ts';

/** What a command does: with its arguments, and its options by their names. The number is the exit code. */
export type Action<O> = (
  context: Context,
  args: readonly string[],
  options: O,
) => Promise<number | undefined>;

/** Attaches the actions of commands. */
export type Attach = <O>(command: Command, action: Action<O>) => void;
