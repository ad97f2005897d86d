import {
  type BrokerError,
  OutOfOrderError,
  StaleCallError,
  StoreCorruptError,
  StoreDeniedError,
  StoreFullError,
  StoreUnavailableError,
} from './errors.ts';

/** What to do about an error of a call: load the script, try again, try again elsewhere, or give up. */
export type Verdict =
  | { readonly kind: 'load-script' }
  | { readonly kind: 'transient'; readonly reconnect: boolean; readonly reason: string }
  | { readonly kind: 'fatal'; readonly error: BrokerError };

const TRANSIENT =
  /^(READONLY|LOADING|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|BUSY|MISCONF|NOREPLICAS|UNBLOCKED|MOVED|ASK|ERR max number of clients)\b/;

/**
 * Sorts the errors of Redis and of the connection. An infrastructure error is never a verdict about a job: it is tried
 * again until the caller's deadline.
 */
export function judge(error: unknown, what: string): Verdict {
  // The client hangs the command with all its arguments on the error: payloads and tokens must not reach a log.
  if (error instanceof Error && 'command' in error) delete error.command;
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('NOSCRIPT')) return { kind: 'load-script' };
  if (message.startsWith('OOM')) {
    return fatal(
      new StoreFullError(
        `Redis has reached its maxmemory and refused ${what}; drain the queues or give it more memory`,
        { cause: error },
      ),
    );
  }
  if (message.startsWith('STALECALL')) {
    return fatal(
      new StaleCallError(
        `${what} came after a later call of the same session and changed nothing`,
        { cause: error },
      ),
    );
  }
  if (message.startsWith('OUTOFORDER')) {
    return fatal(
      new OutOfOrderError(`${what} came before the call that it follows and changed nothing`, {
        cause: error,
      }),
    );
  }
  if (/^(NOAUTH|WRONGPASS|NOPERM)\b/.test(message) || message.includes('ACL failure')) {
    return fatal(new StoreDeniedError(`Redis refused ${what}: ${message}`, { cause: error }));
  }
  const transient = TRANSIENT.exec(message);
  if (transient)
    return { kind: 'transient', reconnect: transient[1] === 'READONLY', reason: message };
  // An answer of Redis that is none of the above speaks of our data or our script: trying again would not help.
  if (error instanceof Error && error.name === 'ReplyError') {
    return fatal(
      new StoreCorruptError(`Redis could not carry out ${what}: ${message}`, { cause: error }),
    );
  }
  return { kind: 'transient', reconnect: false, reason: message };
}

function fatal(error: BrokerError): Verdict {
  return { kind: 'fatal', error };
}

/** The error for a caller whose deadline has passed. */
export function unavailable(what: string, reason: string, cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(`Redis was not available for ${what}: ${reason}`, { cause });
}

/** Why a try failed, as a label: a closed set, whatever Redis says. */
export const STORE_FAILURES = [
  'unavailable',
  'readonly',
  'loading',
  'busy',
  'cluster',
  'oom',
  'denied',
  'corrupt',
  'other',
] as const;
export type StoreFailure = (typeof STORE_FAILURES)[number];

const FAILURE_OF: Readonly<Record<string, StoreFailure>> = {
  READONLY: 'readonly',
  LOADING: 'loading',
  BUSY: 'busy',
  CLUSTERDOWN: 'cluster',
  TRYAGAIN: 'cluster',
  MASTERDOWN: 'cluster',
  MOVED: 'cluster',
  ASK: 'cluster',
  OOM: 'oom',
  NOAUTH: 'denied',
  WRONGPASS: 'denied',
  NOPERM: 'denied',
  MISCONF: 'other',
  NOREPLICAS: 'other',
  UNBLOCKED: 'other',
};

/** Undefined for what is no failure: a script that has to be sent once, a call that came too late or too early. */
export function failureOf(error: unknown): StoreFailure | undefined {
  const message = error instanceof Error ? error.message : String(error);
  const word = /^[A-Z]+/.exec(message)?.[0] ?? '';
  if (word === 'NOSCRIPT' || word === 'STALECALL' || word === 'OUTOFORDER') return undefined;
  if (message.includes('ACL failure')) return 'denied';
  const known = FAILURE_OF[word];
  if (known !== undefined) return known;
  return error instanceof Error && error.name === 'ReplyError' ? 'corrupt' : 'unavailable';
}
