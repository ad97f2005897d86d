import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A package as npm would install it. */
export interface PackedPackage extends Disposable {
  readonly tarball: string;
  /** A project of its own, outside the workspace, that has installed the tarball and nothing else. */
  readonly project: string;
}

/**
 * Builds and packs a package of the workspace as `pnpm publish` would, and installs it elsewhere, without
 * the network: it must not need what is not in it.
 *
 * @param folder Of the package.
 */
export function packPackage(folder: string): PackedPackage {
  const dir = mkdtempSync(join(tmpdir(), 'relay-packed-'));
  const pnpm = join(ROOT, 'node_modules/pnpm/bin/pnpm.mjs');
  runNode(folder, pnpm, 'run', 'build');
  runNode(folder, pnpm, 'pack', '--pack-destination', dir);
  const name = readdirSync(dir).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new Error('pnpm packed nothing');
  const tarball = join(dir, name);
  writeFileSync(join(dir, 'package.json'), '{ "name": "user", "private": true }');
  const flags = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  run('npm', dir, 'install', ...flags, tarball);
  return {
    tarball,
    project: dir,
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Runs Node to its end. @returns what it wrote to stdout. @throws with all that it wrote when it fails. */
export function runNode(cwd: string, ...args: readonly string[]): string {
  return run(process.execPath, cwd, ...args);
}

function run(command: string, cwd: string, ...args: readonly string[]): string {
  // Jest's own flags for ES modules are not the users'.
  const { NODE_OPTIONS: _, ...env } = process.env;
  try {
    return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')}:\n${stdout ?? ''}${stderr ?? ''}`, {
      cause: error,
    });
  }
}
