import type { Environment } from './config.ts';
import { complain } from './log-writer.ts';
import type { LoggerOptions } from './logger.ts';

export interface HostListeners {
  readonly signal: (signal: string) => void;
  readonly fatal: (error: unknown) => void;
}

/** What {@link runService} touches of the process, so that tests need none. */
export interface ServiceHost {
  readonly env: Environment;
  readonly logging?: Pick<LoggerOptions, 'destination'>;
  stderr(line: string): void;
  exit(code: number): void;
  /** Returns the function that takes the listeners away again. */
  listen(listeners: HostListeners): () => void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The real process. */
export const processHost: ServiceHost = {
  get env() {
    return process.env;
  },
  stderr(line) {
    complain(line);
  },
  exit(code) {
    // The listeners keep the loop alive and a library may hold a socket: leave for certain.
    process.exit(code);
  },
  listen({ signal, fatal }) {
    for (const name of SIGNALS) process.on(name, signal);
    process.on('uncaughtException', fatal);
    process.on('unhandledRejection', fatal);
    return () => {
      for (const name of SIGNALS) process.off(name, signal);
      process.off('uncaughtException', fatal);
      process.off('unhandledRejection', fatal);
    };
  },
};
