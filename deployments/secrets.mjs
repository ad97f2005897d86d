#!/usr/bin/env node
// Makes the secrets of an installation, each in a file of its own: for Compose as they are, for Kubernetes as
// Secrets (README.md). Needs nothing but Node. What is there already is kept: run it again after an upgrade,
// and delete a file to have that secret made anew.
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
/** Who calls the gateway, and with which role. */
const CALLERS = { dashboard: 'operator', demo: 'admin', keda: 'viewer' };

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Keeps what is there; makes what is not. @returns the content. */
function secret(dir, name, make) {
  const file = join(dir, name);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const content = make();
  // Readable by all behind a directory that only its owner may enter: a container that runs as another
  // user gets the single file, nobody else on this machine gets any.
  writeFileSync(file, content, { mode: 0o444, flag: 'wx' });
  return content;
}

/** `users.acl` follows from the passwords, so that it is written each time. */
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

/** In one step, since a gateway may be reading it. */
function overwrite(file, content) {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, content, { mode: 0o444 });
  renameSync(draft, file);
}

/**
 * The same form as `npm run key` writes: the gateway keeps the hash, the caller the token. Keys that others have
 * added stay; one of ours whose token was made anew takes the place of the old one.
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
