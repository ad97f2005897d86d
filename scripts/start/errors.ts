/** What keeps Relay from running here: shown as one line, without a stack. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  readonly code = 'start-failed';
}

/** The message of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s*[\r\n]+\s*/g, ' ');
}
