import { isIPv4 } from 'node:net';
import {
  ConfigError,
  commonVariables,
  type Environment,
  loadConfig,
  portVariable,
} from '@relay/service-kit/config';
import { z } from 'zod';

const LOOPBACK_NAMES = new Set(['localhost', '::1', '[::1]']);

/** What the dashboard's environment says. */
export interface DashboardConfig {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Base address of the gateway, without a slash at its end. */
  readonly apiUrl: string;
  /** The dashboard's own key; the browser never sees it. Undefined: the gateway has no keys. */
  readonly apiKey: string | undefined;
  /** `auto`: this machine only. `off`: whoever reaches the address may do what the key may. */
  readonly auth: 'auto' | 'off';
  /** One sentence for each `RELAY_…` variable that nobody reads. */
  readonly warnings: readonly string[];
}

/** The dashboard's environment. */
export const dashboardSchema = z.object({
  HOST: commonVariables.HOST,
  PORT: portVariable(8090),
  RELAY_API_URL: z
    .url({ protocol: /^https?$/, error: 'must look like http://127.0.0.1:8080' })
    .default('http://127.0.0.1:8080')
    .meta({ description: 'The gateway.' }),
  RELAY_API_KEY: z.exactOptional(z.string()).meta({
    description: 'API key, if the gateway asks for one; the browser never sees it.',
    secret: true,
  }),
  RELAY_AUTH: z.enum(['auto', 'off'], { error: 'must be auto or off' }).default('auto').meta({
    description: '`auto`: this machine only. `off`: whoever reaches it may do what the key may.',
  }),
});

/**
 * Reads {@link dashboardSchema} out of the environment.
 *
 * @throws {ConfigError} with all that is wrong.
 */
export function readConfig(env: Environment): DashboardConfig {
  const { config, warnings } = loadConfig(dashboardSchema, env);
  const { HOST: host, RELAY_AUTH: auth } = config;
  if (auth === 'auto' && !isLoopback(host)) {
    const message =
      `= ${host} would show the dashboard to everybody who reaches it. It serves this machine only: ` +
      'use HOST=127.0.0.1, or put a proxy that asks for a login before it and set RELAY_AUTH=off';
    throw new ConfigError([{ variable: 'HOST', message }]);
  }
  const apiUrl = new URL(config.RELAY_API_URL).href.replace(/\/+$/, '');
  return { host, port: config.PORT, apiUrl, apiKey: config.RELAY_API_KEY, auth, warnings };
}

/** Whether a name or address, as in `HOST` or a Host header without its port, is this machine's own. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (LOOPBACK_NAMES.has(name) || name.endsWith('.localhost')) return true;
  return isIPv4(name) && name.startsWith('127.');
}
