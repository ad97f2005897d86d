/** The file of keys is missing or bad, or has no such key. The message shows none of its content. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
  readonly code = 'key-file';
}

/** What a new key was to be is not valid; the message names the fields as the command line does. */
export class KeyInputError extends Error {
  override readonly name = 'KeyInputError';
  readonly code = 'key-input';
}
