import { RelayError } from '@relay/sdk';

/** What the process ends with. Scripts may rely on these. */
export const EXIT = {
  ok: 0,
  /** The request was refused, some of many jobs were, or `doctor` found something wrong. */
  failed: 1,
  /** Used wrongly: nothing was done. */
  usage: 2,
  /** Nobody answers, or it is not Relay. */
  unreachable: 3,
  /** The API key is missing, unknown, or may not do that. */
  denied: 4,
  /** There is no such queue, job, schedule or key. */
  notFound: 5,
  /** Ctrl-C, as shells count it: 128 + SIGINT. */
  interrupted: 130,
  /** The reader of its output has gone: 128 + SIGPIPE. */
  pipe: 141,
} as const;

/** It was used in a way that cannot be meant; nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'usage';
}

/** It was asked to stop, by Ctrl-C or SIGTERM. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly code = 'interrupted';

  constructor() {
    super('interrupted');
  }
}

const BY_CODE: Readonly<Record<string, number>> = {
  usage: EXIT.usage,
  'invalid-options': EXIT.usage,
  'invalid-input': EXIT.usage,
  'key-input': EXIT.usage,
  network: EXIT.unreachable,
  'not-relay': EXIT.unreachable,
  incompatible: EXIT.unreachable,
  timeout: EXIT.unreachable,
  'store-unavailable': EXIT.unreachable,
  unauthenticated: EXIT.denied,
  forbidden: EXIT.denied,
  'not-found': EXIT.notFound,
  interrupted: EXIT.interrupted,
};

/** The stable `code` of an error, ours or Node's. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string'))
    return 'failed';
  // A value that does not parse: Commander's name for it is none of ours.
  return error.code.startsWith('commander.') ? 'usage' : error.code;
}

export function exitCodeOf(error: unknown): number {
  return BY_CODE[codeOf(error)] ?? EXIT.failed;
}

/** Whether to go on is useless: every further request would end in the same way. */
export function isHopeless(error: RelayError): boolean {
  const code = exitCodeOf(error);
  return code === EXIT.unreachable || code === EXIT.denied;
}

/** An error as `--json` shows it. */
export function describeError(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  const more =
    error instanceof RelayError ? { status: error.status, requestId: error.requestId } : {};
  return { error: { code: codeOf(error), message, ...more } };
}
