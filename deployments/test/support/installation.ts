import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  freePort,
  type ManagedProcess,
  type RedisServer,
  startProcess,
  startRedisServer,
} from '@relay/testkit';
import { generate } from 'selfsigned';
import { type RunAs, unprivilegedUser } from './user.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const HANDLERS = fileURLToPath(new URL('../fixtures/handlers.mjs', import.meta.url));
const LISTENING = /"url":"(http:[^"]+)"/;
const TLS_ATTEMPTS = 5;

export type Service = 'api-gateway' | 'worker' | 'reaper-promoter' | 'dashboard';

/**
 * An installation as `deployments/` makes it: the secrets of `secrets.mjs`, a Redis with its users and a self-made
 * certificate and no plain way in for services, and the built services as a user without rights, in a folder that
 * they cannot write to.
 */
export class Installation implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly runAs: RunAs;
  readonly #dir: string;
  readonly #processes: ManagedProcess[] = [];

  private constructor(dir: string, redis: RedisServer) {
    this.#dir = dir;
    this.redis = redis;
    this.runAs = unprivilegedUser([
      join(ROOT, 'apps/worker/dist/main.js'),
      process.execPath,
      HANDLERS,
    ]);
  }

  static async start(): Promise<Installation> {
    const dir = mkdtempSync(join(tmpdir(), 'relay-installation-'));
    for (const name of ['', 'work']) {
      mkdirSync(join(dir, name), { recursive: true });
      chmodSync(join(dir, name), 0o755);
    }
    await makeCertificate(dir);
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      makeSecrets(dir, port);
      try {
        // oxlint-disable-next-line no-await-in-loop -- another port after one that somebody took.
        return new Installation(dir, await startServer(dir, port));
      } catch (error) {
        if (attempt === TLS_ATTEMPTS) throw error;
      }
    }
  }

  /** The content of one of the secrets. */
  secret(name: string): string {
    return readFileSync(join(this.#dir, 'secrets', name), 'utf8');
  }

  get ca(): string {
    return readFileSync(join(this.#dir, 'ca.crt'), 'utf8');
  }

  /** As an operator would: removes a secret and makes what is missing. */
  rotate(name: string): void {
    rmSync(join(this.#dir, 'secrets', name));
    makeSecrets(this.#dir, 0);
  }

  /** URL of Redis without TLS, for what the tests themselves look at. */
  adminUrl(): string {
    return `redis://relay-admin:${this.secret('redis-password.relay-admin')}@127.0.0.1:${this.redis.port}`;
  }

  /** Starts a built service; `env` over what its manifest would say. Does not wait until it is ready. */
  async launch(
    service: Service,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ManagedProcess> {
    const { uid } = this.runAs;
    const launched = await startProcess({
      command: process.execPath,
      entry: join(ROOT, 'apps', service, 'dist', 'main.js'),
      // As an image: nothing here is ours to write to.
      cwd: join(this.#dir, 'work'),
      env: {
        HOST: '127.0.0.1',
        PORT: '0',
        HOME: '/nonexistent',
        NODE_ENV: 'production',
        ...this.#environment(service),
        ...env,
      },
      ...(uid === undefined ? {} : { uid }),
    });
    this.#processes.push(launched);
    return launched;
  }

  /** Starts a service and waits until it says its address. */
  async start(service: Service, env: Readonly<Record<string, string>> = {}): Promise<Running> {
    const running = await this.launch(service, env);
    const line = await running.waitForLine(LISTENING, 60_000);
    return { process: running, url: LISTENING.exec(line)?.[1] ?? '' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.stop()));
    await this.redis.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #environment(service: Service): Record<string, string> {
    const secrets = join(this.#dir, 'secrets');
    if (service === 'dashboard') {
      return { RELAY_API_KEY_FILE: join(secrets, 'api-key.dashboard'), RELAY_AUTH: 'off' };
    }
    return {
      REDIS_URL_FILE: join(secrets, `redis-url.${service}`),
      RELAY_REDIS_WAIT_MS: '0',
      NODE_EXTRA_CA_CERTS: join(this.#dir, 'ca.crt'),
      ...(service === 'api-gateway' ? { RELAY_API_KEYS_FILE: join(secrets, 'api-keys.json') } : {}),
      ...(service === 'worker'
        ? {
            RELAY_HANDLERS: HANDLERS,
            RELAY_CONCURRENCY: '8',
            RELAY_DRAIN_MS: '25000',
          }
        : {}),
    };
  }
}

export interface Running {
  readonly process: ManagedProcess;
  readonly url: string;
}

function makeSecrets(dir: string, port: number): void {
  const script = join(ROOT, 'deployments', 'secrets.mjs');
  const secrets = join(dir, 'secrets');
  for (const name of ['api-gateway', 'worker', 'reaper-promoter']) {
    // Of a port that was taken by somebody else.
    if (port > 0) rmSync(join(secrets, `redis-url.${name}`), { force: true });
  }
  execFileSync(process.execPath, [
    script,
    secrets,
    '--scheme',
    'rediss',
    '--redis',
    `127.0.0.1:${port}`,
  ]);
  // In a container each service gets its own files alone; here the folder must let their user in.
  chmodSync(secrets, 0o755);
}

async function makeCertificate(dir: string): Promise<void> {
  const made = await generate([{ name: 'commonName', value: 'relay-test' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  writeFileSync(join(dir, 'ca.crt'), made.cert);
  writeFileSync(join(dir, 'redis.key'), made.private, { mode: 0o600 });
}

/** The plain port is for the harness; no service is told of it. */
async function startServer(dir: string, tlsPort: number): Promise<RedisServer> {
  return await startRedisServer({
    appendonly: true,
    config: [
      `aclfile ${join(dir, 'secrets', 'users.acl')}`,
      `tls-port ${tlsPort}`,
      `tls-cert-file ${join(dir, 'ca.crt')}`,
      `tls-key-file ${join(dir, 'redis.key')}`,
      `tls-ca-cert-file ${join(dir, 'ca.crt')}`,
      'tls-auth-clients no',
    ],
  });
}
