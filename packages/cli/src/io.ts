import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** What the commands touch of the process. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** This machine's clock, ms. */
  readonly now: () => number;
}

/** Writes and waits while the reader is slower, so that a long list does not pile up in memory. */
export async function write(stream: Writable, text: string, signal?: AbortSignal): Promise<void> {
  if (stream.write(text)) return;
  await once(stream, 'drain', signal === undefined ? {} : { signal });
}

/** Colours on a terminal only, never with NO_COLOR (see no-color.org) or on a dumb one. */
export function wantsColour({ env, stdout }: Pick<Io, 'env' | 'stdout'>): boolean {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return stdout.isTTY === true && !refused;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
export type Colour = keyof typeof CODES;
export type Paint = (colour: Colour, text: string) => string;

export function painter(enabled: boolean): Paint {
  return (colour, text) => (enabled ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text);
}
