import { OptionsError } from './errors.ts';
import type { Handler, Handlers } from './types.ts';

/** Finds the handler of a job type. */
export type HandlerLookup = (type: string) => Handler | undefined;

/**
 * @throws {OptionsError} when an entry is not a function, or there is none at all.
 */
export function lookupOf(handlers: Handlers): HandlerLookup {
  // That the payload is what the handler declared is the producer's promise; it cannot be checked here.
  if (typeof handlers === 'function') return () => handlers as Handler;
  // A Map, since a job type may be called "constructor".
  const byType = new Map<string, Handler>();
  for (const [type, handler] of Object.entries(handlers)) {
    if (typeof handler !== 'function') {
      throw new OptionsError(
        `the handler of job type "${type}" is ${typeof handler}, not a function`,
      );
    }
    byType.set(type, handler as Handler);
  }
  if (byType.size === 0) throw new OptionsError('there is no handler: give at least one');
  return (type) => byType.get(type);
}
