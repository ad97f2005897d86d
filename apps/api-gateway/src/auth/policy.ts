import { ConfigError, type Logger } from '@relay/service-kit';
import type { GatewayConfig } from '../config.ts';
import { type Authenticator, KeyAuthenticator, openToAll } from './authenticator.ts';
import { KeyRing, type KeyRingOptions } from './key-ring.ts';

/** How a gateway is guarded. */
export interface AuthPolicy extends AsyncDisposable {
  readonly authenticator: Authenticator;
  /** Answer only requests that call this machine by a loopback name. */
  readonly loopbackOnly: boolean;
}

/**
 * Decides how the gateway is guarded: by keys where there is a file of them; without one it serves
 * this machine only; everybody else only by the explicit `RELAY_AUTH=off`.
 *
 * @throws {ConfigError} for a public address without keys.
 * @throws {StartError} for a file of keys that is missing or bad.
 */
export async function authPolicy(
  config: GatewayConfig,
  logger: Logger,
  options: Pick<KeyRingOptions, 'intervalMs'> = {},
): Promise<AuthPolicy> {
  const file = config.RELAY_API_KEYS_FILE;
  if (config.RELAY_AUTH === 'off') {
    if (file !== undefined) {
      throw new ConfigError([
        { variable: 'RELAY_AUTH', message: 'is off, but RELAY_API_KEYS_FILE is set: choose one' },
      ]);
    }
    logger.warn(`RELAY_AUTH is off: whoever reaches ${config.HOST} may do everything`);
    return open(false);
  }
  if (file !== undefined) {
    const keys = new KeyRing({ ...options, file, logger });
    await keys.start();
    return {
      authenticator: new KeyAuthenticator(keys),
      loopbackOnly: false,
      [Symbol.asyncDispose]: () => keys[Symbol.asyncDispose](),
    };
  }
  if (!isLoopback(config.HOST)) {
    throw new ConfigError([
      {
        variable: 'HOST',
        message:
          `${config.HOST} can be reached from other machines, and there are no API keys: ` +
          'set RELAY_API_KEYS_FILE, or HOST=127.0.0.1, or RELAY_AUTH=off if something else guards it',
      },
    ]);
  }
  logger.info('there are no API keys: only this machine is served');
  return open(true);
}

/** Whether an address to listen on can be reached from this machine only. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function open(loopbackOnly: boolean): AuthPolicy {
  return { authenticator: openToAll, loopbackOnly, [Symbol.asyncDispose]: async () => undefined };
}
