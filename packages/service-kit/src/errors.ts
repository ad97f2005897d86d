import { types } from 'node:util';

/**
 * An error that its reader is expected to repair: a wrong variable, a port in use, a Redis that
 * cannot be used. {@link runService} prints its message as one line, without a stack.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError';
  /** Stable; the message is not. */
  readonly code: 'start' | 'config' = 'start';
  /** What the process exits with. */
  readonly exitCode: number = 1;
}

/** One variable that is missing or wrong. */
export interface ConfigProblem {
  readonly variable: string;
  readonly message: string;
}

/** The environment was refused. All problems are reported together. */
export class ConfigError extends StartError {
  override readonly name = 'ConfigError';
  override readonly code = 'config';
  /** EX_CONFIG of sysexits.h: a supervisor need not start the service again. */
  override readonly exitCode = 78;
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(
      `configuration: ${problems.map(({ variable, message }) => `${variable} ${message}`).join('; ')}`,
    );
    this.problems = problems;
  }
}

/** The message of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  const message = isError(error) ? error.message || error.name : String(error);
  return message.replaceAll(/\s*[\r\n]+\s*/g, ' ');
}

/** The stable `code` of an error of ours or of Node's, if it has one. */
export function codeOf(error: unknown): string | undefined {
  return isError(error) && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** Also true for an error of another realm, where `instanceof` is not (a `vm` context, for instance). */
function isError(error: unknown): error is Error {
  return error instanceof Error || types.isNativeError(error);
}
