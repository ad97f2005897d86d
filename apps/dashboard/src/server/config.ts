import { isIPv4 } from 'node:net';
import {
  ConfigError,
  commonVariables,
  durationMs,
  type Environment,
  integer,
  list,
  loadConfig,
  portVariable,
} from '@relay/service-kit/config';
import { z } from 'zod';
import type { UserSource } from './auth/users.ts';

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
  /**
   * `users`: who logs in. `loopback`: no users, this machine only. `off`: whoever reaches the address
   * may do what the key may.
   */
  readonly auth: 'users' | 'loopback' | 'off';
  /** Undefined: there are none. */
  readonly users: UserSource | undefined;
  readonly session: SessionConfig;
  /** Whether the session's cookie is for https alone. `auto`: as the request came. */
  readonly cookieSecure: 'auto' | 'always' | 'never';
  /** How many proxies stand before us that add to `X-Forwarded-For`. */
  readonly trustedProxies: number;
  /** Lower-case names of fields whose values no browser sees. */
  readonly redact: ReadonlySet<string>;
  /** One sentence for each `RELAY_…` variable that nobody reads. */
  readonly warnings: readonly string[];
}

export interface SessionConfig {
  /** The first signs. Undefined: made up at the start. */
  readonly secrets: readonly [string, ...string[]] | undefined;
  /** How long a session lasts that nobody uses, ms. */
  readonly idleMs: number;
  /** How long it lasts at most, ms. */
  readonly longestMs: number;
}

const lifetime = (defaultMs: number) =>
  durationMs({ min: 1_000, max: 2_592_000_000 }).default(defaultMs);

/** The dashboard's environment. */
export const dashboardSchema = z.object({
  HOST: commonVariables.HOST,
  PORT: portVariable(8090),
  RELAY_API_URL: z
    .url({ protocol: /^https?$/, error: 'must look like http://127.0.0.1:8080' })
    .default('http://127.0.0.1:8080')
    .meta({ description: 'The gateway.' }),
  RELAY_API_KEY: z.exactOptional(z.string()).meta({
    description: 'API key, if the gateway requires one; never sent to the browser.',
    secret: true,
  }),
  RELAY_AUTH: z.enum(['auto', 'off'], { error: 'must be auto or off' }).default('auto').meta({
    description:
      '`auto`: users log in; without users, local requests only. `off`: anyone who reaches it may do what the API key may.',
  }),
  RELAY_USERS_FILE: z.exactOptional(z.string()).meta({
    description: 'File of users, managed with `npm run user`; changes take effect immediately.',
  }),
  RELAY_USERS: z.exactOptional(z.string()).meta({
    description: 'The content of such a file, instead of a file.',
    secret: true,
  }),
  RELAY_SESSION_SECRET: z
    .exactOptional(
      z.string().refine((text) => (secretsOf(text) ?? []).every((one) => one.length >= 32), {
        error: 'must be at least 32 characters; several are parted by spaces or lines',
      }),
    )
    .meta({
      description:
        'Signs sessions. With several, the first signs and the others are still accepted. Without it, sessions end with the process.',
      secret: true,
    }),
  RELAY_SESSION_IDLE_MS: lifetime(3_600_000).meta({
    description: 'A session ends after this long without use.',
  }),
  RELAY_SESSION_MAX_MS: lifetime(43_200_000).meta({
    description: 'Maximum lifetime of a session.',
  }),
  RELAY_COOKIE_SECURE: z
    .enum(['auto', 'always', 'never'], { error: 'must be auto, always or never' })
    .default('auto')
    .meta({
      description: 'Whether the session cookie is `Secure`; `auto`: if the request used https.',
    }),
  RELAY_TRUSTED_PROXIES: integer({ min: 0, max: 10 }).default(0).meta({
    description:
      'Number of proxies in front of it that append to `X-Forwarded-For`, used to throttle logins by address.',
  }),
  RELAY_REDACT: z.exactOptional(list()).meta({
    description:
      'Names of fields whose values are hidden from browsers, such as `password,token`: in payloads, results, headers and progress, at any depth, case-insensitive.',
  }),
});

/**
 * Reads {@link dashboardSchema} out of the environment.
 *
 * @throws {ConfigError} with all that is wrong.
 */
export function readConfig(env: Environment): DashboardConfig {
  const { config, warnings } = loadConfig(dashboardSchema, env);
  const { HOST: host } = config;
  const users = usersOf(config);
  const auth = authOf(config, users);
  if (auth === 'loopback' && !isLoopback(host)) {
    const message =
      `= ${host} would show the dashboard to everybody who reaches it. Without users it serves this machine ` +
      'only: name users with RELAY_USERS_FILE (see npm run user), or use HOST=127.0.0.1, or put a proxy that ' +
      'asks for a login before it and set RELAY_AUTH=off';
    throw new ConfigError([{ variable: 'HOST', message }]);
  }
  return {
    host,
    port: config.PORT,
    apiUrl: new URL(config.RELAY_API_URL).href.replace(/\/+$/, ''),
    apiKey: config.RELAY_API_KEY,
    auth,
    users,
    session: {
      secrets: secretsOf(config.RELAY_SESSION_SECRET ?? ''),
      idleMs: config.RELAY_SESSION_IDLE_MS,
      longestMs: config.RELAY_SESSION_MAX_MS,
    },
    cookieSecure: config.RELAY_COOKIE_SECURE,
    trustedProxies: config.RELAY_TRUSTED_PROXIES,
    redact: new Set((config.RELAY_REDACT ?? []).map((name) => name.toLowerCase())),
    warnings,
  };
}

type Values = z.output<typeof dashboardSchema>;

function usersOf(config: Values): UserSource | undefined {
  const { RELAY_USERS: text, RELAY_USERS_FILE: file } = config;
  if (text !== undefined && file !== undefined) {
    const message = 'and RELAY_USERS_FILE are mutually exclusive';
    throw new ConfigError([{ variable: 'RELAY_USERS', message }]);
  }
  if (file !== undefined) return { file };
  return text === undefined ? undefined : { text };
}

function authOf({ RELAY_AUTH }: Values, users: UserSource | undefined): DashboardConfig['auth'] {
  if (RELAY_AUTH === 'auto') return users === undefined ? 'loopback' : 'users';
  if (users === undefined) return 'off';
  const message = '= off, and there are users: take one of them away';
  throw new ConfigError([{ variable: 'RELAY_AUTH', message }]);
}

function secretsOf(text: string): readonly [string, ...string[]] | undefined {
  const [first, ...others] = text.split(/\s+/).filter((part) => part !== '');
  return first === undefined ? undefined : [first, ...others];
}

/** Whether a name or address, as in `HOST` or a Host header without its port, is this machine's own. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (LOOPBACK_NAMES.has(name) || name.endsWith('.localhost')) return true;
  return isIPv4(name) && name.startsWith('127.');
}
