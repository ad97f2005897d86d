#!/usr/bin/env node
// Generates the secrets of an installation, one file each: used directly by Compose, and as Secrets by Kubernetes
// (README.md). Needs only Node. Existing files are kept: run it again after an upgrade, and delete a file to regenerate
// that secret.
//
//   node deployments/secrets.mjs DIR [--namespace relay] [--redis redis:6379] [--scheme redis|rediss]
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const TEMPLATE = fileURLToPath(new URL('redis/users.acl.template', import.meta.url));
const USAGE =
  'Usage: node deployments/secrets.mjs DIR [--namespace relay] [--redis redis:6379] [--scheme redis|rediss]';
/** The gateway's clients, and their roles. */
const CALLERS = { dashboard: 'operator', demo: 'admin', keda: 'viewer' };

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Creates the file unless it exists. @returns its content. */
function secret(dir, name, make) {
  const file = join(dir, name);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const content = make();
  // World-readable, in a directory that only its owner may enter: a container that runs as another user can read the
  // file that is mounted into it, and nobody else on this machine can.
  writeFileSync(file, content, { mode: 0o444, flag: 'wx' });
  return content;
}

/** `users.acl` is derived from the passwords, so it is written each time. */
function writeUsers(dir, namespace, passwords) {
  const lines = readFileSync(TEMPLATE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('user '))
    .map((line) =>
      line
        .replace(/PASSWORD:([a-z-]+)/, (_, user) => `#${sha256(passwords[user])}`)
        .replaceAll(/([~&])relay:/g, `$1${namespace}:`),
    );
  overwrite(join(dir, 'users.acl'), `${lines.join('\n')}\n`);
}

/** Atomically, since a gateway may be reading it. */
function overwrite(file, content) {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, content, { mode: 0o444 });
  renameSync(draft, file);
}

/**
 * In the format of `npm run key`: the gateway stores the hash, the client the token. Keys added by others are kept; one of
 * ours whose token was regenerated replaces the old one.
 */
function writeApiKeys(dir) {
  const file = join(dir, 'api-keys.json');
  const keys = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).keys : [];
  for (const [name, role] of Object.entries(CALLERS)) {
    const token = secret(dir, `api-key.${name}`, () => {
      const id = randomBytes(6).toString('hex');
      return `rk_${id}_${randomBytes(32).toString('base64url')}`;
    });
    const [, id, rest] = /^rk_([^_]+)_(.+)$/.exec(token) ?? [];
    if (id === undefined) throw new Error(`${join(dir, `api-key.${name}`)} holds no API key`);
    if (keys.some((key) => key.id === id)) continue;
    const old = keys.findIndex((key) => key.name === name);
    keys.splice(old < 0 ? keys.length : old, old < 0 ? 0 : 1, {
      id,
      name,
      sha256: sha256(rest),
      roles: [role],
    });
  }
  overwrite(file, `${JSON.stringify({ keys }, null, 2)}\n`);
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      namespace: { type: 'string', default: 'relay' },
      redis: { type: 'string', default: 'redis:6379' },
      scheme: { type: 'string', default: 'redis' },
    },
  });
  const [dir, ...others] = positionals;
  if (dir === undefined || others.length > 0 || !/^rediss?$/.test(values.scheme)) {
    throw new Error(USAGE);
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const passwords = {};
  for (const user of [
    'relay-api-gateway',
    'relay-worker',
    'relay-reaper-promoter',
    'relay-admin',
  ]) {
    passwords[user] = secret(dir, `redis-password.${user}`, () => randomBytes(24).toString('hex'));
    if (user !== 'relay-admin') {
      const url = `${values.scheme}://${user}:${passwords[user]}@${values.redis}`;
      secret(dir, `redis-url.${user.replace('relay-', '')}`, () => url);
    }
  }
  writeUsers(dir, values.namespace, passwords);
  writeApiKeys(dir);
  secret(dir, 'session-secret', () => randomBytes(32).toString('base64url'));
  secret(dir, 'grafana-admin-password', () => randomBytes(18).toString('base64url'));
  process.stdout.write(`The secrets are in ${dir}\n`);
}

try {
  main();
} catch (error) {
  process.stderr.write(`secrets: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
