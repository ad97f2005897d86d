import { OptionsError } from './errors.ts';
import type { Handler, Handlers, Job, JobContext, Middleware } from './types.ts';

/** Finds the handler of a job type. */
type HandlerLookup = (type: string) => Handler | undefined;

/**
 * The handlers of a worker, with its middleware around them. Both may change while it runs: a
 * delivery keeps what was in force when it began.
 */
export class HandlerTable {
  #lookup: HandlerLookup;
  #middleware: readonly Middleware[] = [];
  /** Handlers with the middleware around them, made when first needed. */
  #wrapped = new Map<Handler, Handler>();

  /** @throws {OptionsError} when an entry is not a function, or there is none at all. */
  constructor(handlers: Handlers) {
    this.#lookup = lookupOf(handlers);
  }

  /** @throws {OptionsError} as the constructor; the old handlers then stay. */
  replace(handlers: Handlers): void {
    this.#lookup = lookupOf(handlers);
    this.#wrapped.clear();
  }

  use(middleware: Middleware): void {
    if (typeof middleware !== 'function') {
      throw new OptionsError(`a middleware must be a function, not ${typeof middleware}`);
    }
    this.#middleware = [...this.#middleware, middleware];
    this.#wrapped.clear();
  }

  of(type: string): Handler | undefined {
    const handler = this.#lookup(type);
    if (handler === undefined || this.#middleware.length === 0) return handler;
    let wrapped = this.#wrapped.get(handler);
    if (wrapped === undefined) {
      wrapped = this.#middleware.reduceRight(around, handler);
      this.#wrapped.set(handler, wrapped);
    }
    return wrapped;
  }
}

/** The first middleware that was given is the outermost. */
function around(inner: Handler, middleware: Middleware): Handler {
  return (job: Job, context: JobContext) => {
    let called = false;
    const next = async (): Promise<unknown> => {
      if (called) throw new Error('a middleware called next() twice: the job would run twice');
      called = true;
      return await inner(job, context);
    };
    return middleware(job, context, next);
  };
}

function lookupOf(handlers: Handlers): HandlerLookup {
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
