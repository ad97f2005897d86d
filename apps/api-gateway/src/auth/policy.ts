import { KeyFileError, parseKeys } from '@relay/keys';
import { ConfigError, type Logger, StartError } from '@relay/service-kit';
import type { GatewayConfig } from '../config.ts';
import {
  type Authenticator,
  KeyAuthenticator,
  type KeySource,
  openToAll,
} from './authenticator.ts';
import { entriesOf, KeyRing, type KeyRingOptions } from './key-ring.ts';

/** How a gateway is guarded. */
export interface AuthPolicy extends AsyncDisposable {
  readonly authenticator: Authenticator;
  /** Answer only requests that call this machine by a loopback name. */
  readonly loopbackOnly: boolean;
}

/**
 * Decides how the gateway is guarded: by keys where there are any; without them it serves this
 * machine only; everybody else only by the explicit `RELAY_AUTH=off`.
 *
 * @throws {ConfigError} for a public address without keys, and for settings that exclude each other.
 * @throws {StartError} for keys that are missing or bad.
 */
export async function authPolicy(
  config: GatewayConfig,
  logger: Logger,
  options: Pick<KeyRingOptions, 'intervalMs'> = {},
): Promise<AuthPolicy> {
  const { RELAY_API_KEYS_FILE: file, RELAY_API_KEYS: text } = config;
  if (file !== undefined && text !== undefined) {
    throw refusal('RELAY_API_KEYS', 'and RELAY_API_KEYS_FILE are mutually exclusive');
  }
  if (config.RELAY_AUTH === 'off') {
    if (file !== undefined || text !== undefined) {
      throw refusal('RELAY_AUTH', 'is off, but there are API keys: choose one');
    }
    logger.warn(`RELAY_AUTH is off: anyone who reaches ${config.HOST} may do anything`);
    return open(false);
  }
  if (file !== undefined) {
    const keys = new KeyRing({ ...options, file, logger });
    await asStartError(() => keys.start());
    return guarded(keys, () => keys[Symbol.asyncDispose]());
  }
  if (text !== undefined) {
    const keys = await asStartError(() => entriesOf(parseKeys(text, 'RELAY_API_KEYS')));
    return guarded({ find: (id) => keys.get(id) });
  }
  if (!isLoopback(config.HOST)) {
    throw refusal(
      'HOST',
      `${config.HOST} can be reached from other machines, and there are no API keys: ` +
        'set RELAY_API_KEYS_FILE, or HOST=127.0.0.1, or RELAY_AUTH=off if something else guards it',
    );
  }
  logger.info('no API keys are configured: accepting local requests only');
  return open(true);
}

/** What is wrong with the keys is for whoever starts the gateway to repair. */
async function asStartError<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    throw new StartError(error.message, { cause: error });
  }
}

function refusal(variable: string, message: string): ConfigError {
  return new ConfigError([{ variable, message }]);
}

function guarded(
  keys: KeySource,
  dispose: () => Promise<void> = async () => undefined,
): AuthPolicy {
  return {
    authenticator: new KeyAuthenticator(keys),
    loopbackOnly: false,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Whether an address to listen on can be reached from this machine only. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function open(loopbackOnly: boolean): AuthPolicy {
  return { authenticator: openToAll, loopbackOnly, [Symbol.asyncDispose]: async () => undefined };
}
