// Installs the workspace's dependencies, with nothing but Node and npm on the machine. Does nothing,
// in well under a second, when nothing has changed since the last time.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lock } from './lib/file-lock.mjs';
import { readJson, root, workspacePackages } from './lib/workspace.mjs';

const OLDEST_NODE = [20, 19];
const LOCK_DEADLINE_MS = 15 * 60_000;
const STATE = join(root, 'node_modules', '.relay-install');

const OFFLINE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|error sending request|dns error/i;
const OUTDATED = /OUTDATED_LOCKFILE/;

/** Ends with one line that says what to do. */
class BootstrapError extends Error {}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  const wanted = OLDEST_NODE.join('.');
  throw new BootstrapError(`Relay needs Node ${wanted} or newer; this is ${process.version}.`);
}

/** Everything that an install depends on. */
function fingerprint() {
  const hash = createHash('sha256');
  const packages = workspacePackages().map(({ path }) => join(path, 'package.json'));
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...packages]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.update(`${process.platform} ${process.arch}`).digest('hex');
}

function isInstalled() {
  if (!existsSync(STATE) || readFileSync(STATE, 'utf8') !== fingerprint()) return false;
  // Somebody may have deleted the folders of a package, or checked a new one out.
  return workspacePackages().every(({ dir, manifest }) => {
    const { dependencies, devDependencies } = manifest;
    const needs = Object.keys({ ...dependencies, ...devDependencies }).length > 0;
    return !needs || existsSync(join(dir, 'node_modules'));
  });
}

/**
 * The pnpm of node_modules when it is the one that is pinned, else npm fetches it.
 *
 * @returns {{ command: string, args: string[] }}
 */
function pnpmCommand() {
  const pin = readJson(join(root, 'package.json')).packageManager;
  const installed = join(root, 'node_modules', 'pnpm');
  if (existsSync(join(installed, 'package.json'))) {
    const { version } = readJson(join(installed, 'package.json'));
    if (pin === `pnpm@${version}`) {
      return { command: process.execPath, args: [join(installed, 'bin', 'pnpm.mjs')] };
    }
  }
  return { command: 'npx', args: ['--yes', pin] };
}

async function install() {
  const { command, args } = pnpmCommand();
  const { code, output } = await run(command, [
    ...args,
    'install',
    '--frozen-lockfile',
    '--reporter=append-only',
  ]);
  if (code === 0) return;
  if (OUTDATED.test(output)) {
    throw new BootstrapError(
      'pnpm-lock.yaml does not match the package.json files: run `npx pnpm install` and commit it.',
    );
  }
  if (OFFLINE.test(output)) {
    throw new BootstrapError(
      'The npm registry cannot be reached: the first install needs the network (see above).',
    );
  }
  throw new BootstrapError(`Installing the dependencies failed with code ${code} (see above).`);
}

/** Shows the output as it comes, and returns it. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        process.stderr.write(chunk);
      });
    }
    child.on('error', (error) => {
      reject(new BootstrapError(`${command} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

async function bootstrap() {
  checkNode();
  if (isInstalled()) return;
  mkdirSync(join(root, '.relay'), { recursive: true });
  const unlock = await lock(join(root, '.relay', 'bootstrap.lock'), {
    deadlineMs: LOCK_DEADLINE_MS,
    onWait: (pid) => console.error(`Waiting for process ${pid}, which installs the dependencies`),
  });
  try {
    // The one we waited for may have done it.
    if (isInstalled()) return;
    console.error('Installing the dependencies (about half a minute the first time)');
    await install();
    writeFileSync(STATE, fingerprint());
  } finally {
    unlock();
  }
}

try {
  await bootstrap();
} catch (error) {
  console.error(error instanceof BootstrapError ? `bootstrap: ${error.message}` : error);
  process.exitCode = 1;
}
