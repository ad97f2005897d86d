import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';

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
}

/** The environment is wrong: the message says which variable, and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
}

/**
 * Reads `HOST`, `PORT`, `RELAY_API_URL`, `RELAY_API_KEY` (or `RELAY_API_KEY_FILE`) and `RELAY_AUTH`.
 *
 * @throws {ConfigError} naming the first variable that is wrong.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): DashboardConfig {
  const host = env['HOST'] || '127.0.0.1';
  const auth = env['RELAY_AUTH'] || 'auto';
  if (auth !== 'auto' && auth !== 'off') {
    throw new ConfigError(`RELAY_AUTH must be auto or off, not "${auth}"`);
  }
  if (auth === 'auto' && !isLoopback(host)) {
    throw new ConfigError(
      `HOST=${host} would show the dashboard to everybody who reaches it. It serves this machine only: ` +
        'use HOST=127.0.0.1, or put a proxy that asks for a login before it and set RELAY_AUTH=off',
    );
  }
  return { host, port: portOf(env['PORT']), apiUrl: apiUrlOf(env), apiKey: apiKeyOf(env), auth };
}

/** Whether a name or address, as in `HOST` or a Host header without its port, is this machine's own. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (LOOPBACK_NAMES.has(name) || name.endsWith('.localhost')) return true;
  return isIPv4(name) && name.startsWith('127.');
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return 8090;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new ConfigError(`PORT must be a whole number from 0 to 65535, not "${text}"`);
}

function apiUrlOf(env: Readonly<Record<string, string | undefined>>): string {
  const text = env['RELAY_API_URL'] || 'http://127.0.0.1:8080';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new ConfigError(`RELAY_API_URL must be the gateway's http(s) address, not "${text}"`);
  }
  return url.href.replace(/\/+$/, '');
}

function apiKeyOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const file = env['RELAY_API_KEY_FILE'];
  if (!file) return env['RELAY_API_KEY'] || undefined;
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch (cause) {
    throw new ConfigError('RELAY_API_KEY_FILE names a file that cannot be read', { cause });
  }
}
