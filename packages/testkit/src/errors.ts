/** What can go wrong in the testkit; see {@link TestkitError}. */
export type TestkitErrorCode =
  /** No way to get a Redis server on this machine. */
  | 'REDIS_NOT_FOUND'
  /** No way to get a browser on this machine. */
  | 'CHROMIUM_NOT_FOUND'
  /** No way to get libfaketime on this machine. */
  | 'FAKETIME_NOT_FOUND'
  /** No way to get promtool on this machine. */
  | 'PROMTOOL_NOT_FOUND'
  /** The server ended, or did not answer PING, before its deadline. */
  | 'REDIS_START_FAILED'
  /** The nodes did not agree on a working cluster before the deadline. */
  | 'REDIS_CLUSTER_FAILED'
  /** A command that the testkit runs (apt-get, dpkg, docker) failed. */
  | 'COMMAND_FAILED'
  /** Another process holds a lock and did not give it up in time. */
  | 'LOCK_TIMEOUT'
  /** A condition did not come true before its deadline. */
  | 'DEADLINE_PASSED'
  /** A process ended while something was expected of it. */
  | 'PROCESS_EXITED';

/** Every error that the testkit throws. Tell them apart by {@link TestkitError.code}. */
export class TestkitError extends Error {
  override readonly name = 'TestkitError';
  /** Stable; the message is not. */
  readonly code: TestkitErrorCode;

  constructor(code: TestkitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
