import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { run } from './command.ts';
import { guard } from './guard.ts';
import type { RedisBinary } from './redis-binary.ts';

/** One run of a server, from its start to its end. */
export interface RedisProcess {
  readonly pid: number;
  /** Says how it ended: `code 0`, `SIGKILL`, or why it could not be started. Never rejects. */
  readonly ended: Promise<string>;
  send(signal: NodeJS.Signals): Promise<void>;
}

export interface LaunchOptions {
  binary: RedisBinary;
  configFile: string;
  /** What follows the configuration file on the command line. */
  args: readonly string[];
  /** Gets everything that the server writes. */
  logFile: string;
  dir: string;
  env: Readonly<Record<string, string>>;
  before: string | undefined;
  /** Removes `dir` too when this process is killed. */
  temporary: boolean;
  port: number;
}

/** $1: the command that ends the server; $2: the directory to remove, or nothing. */
const CLEAN_UP = 'eval "$1"; [ -z "$2" ] || rm -rf "$2"';

function guardServer(end: string, { dir, temporary }: LaunchOptions) {
  return guard(['/bin/sh', '-c', CLEAN_UP, 'relay-guard', end, temporary ? dir : '']);
}

/**
 * Starts the server as a child that does not outlive this process.
 *
 * It has a process group of its own: Ctrl-C in a terminal must not take Redis
 * away from services that are still draining.
 */
export function launch(options: LaunchOptions): RedisProcess {
  return options.binary.kind === 'native'
    ? launchNative(options.binary, options)
    : launchContainer(options.binary.image, options);
}

function launchNative(
  binary: Extract<RedisBinary, { kind: 'native' }>,
  options: LaunchOptions,
): RedisProcess {
  const { configFile, args, logFile, dir, before } = options;
  const server = [binary.path, configFile, ...args];
  const shell = ['/bin/sh', '-c', `${before}\nexec "$@"`, 'relay-redis', ...server];
  const [command = '', ...rest] = before === undefined ? server : shell;
  const child = spawnLogged(command, rest, logFile, {
    cwd: dir,
    env: { ...process.env, ...binary.env, ...options.env },
  });
  const pid = child.pid ?? -1;
  const ended = endOf(child);
  if (pid > 0) {
    const watch = guardServer(`kill -9 ${pid}`, options);
    void ended.then(() => watch.release());
  }
  return {
    pid,
    ended,
    async send(signal) {
      child.kill(signal);
    },
  };
}

/** On Linux the container shares the host's network, so that the nodes of a cluster see each other. */
function launchContainer(image: string, options: LaunchOptions): RedisProcess {
  const { configFile, args, logFile, dir, port } = options;
  const name = `relay-redis-${randomUUID()}`;
  const linux = process.platform === 'linux';
  const network = linux ? ['--network', 'host'] : ['-p', `127.0.0.1:${port}:${port}`];
  const user = process.getuid ? ['--user', `${process.getuid()}:${process.getgid?.() ?? 0}`] : [];
  // Behind a published port the server is reached from the bridge, not from its own loopback.
  const open = linux ? [] : ['--bind', '0.0.0.0', '--protected-mode', 'no'];
  const child = spawnLogged(
    'docker',
    ['run', '--rm', '--name', name, ...network, ...user, '-v', `${dir}:${dir}`, '-w', dir].concat(
      image,
      'redis-server',
      configFile,
      args,
      open,
    ),
    logFile,
    { cwd: dir, env: process.env },
  );
  const ended = endOf(child);
  const watch = guardServer(`docker rm -f ${name}`, options);
  void ended.then(() => watch.release());
  const send = async (signal: NodeJS.Signals) => {
    await run('docker', ['kill', '--signal', signal, name]);
  };
  return { pid: child.pid ?? -1, ended, send };
}

function spawnLogged(
  command: string,
  args: readonly string[],
  logFile: string,
  options: { cwd: string; env: NodeJS.ProcessEnv },
): ChildProcess {
  // A file and not a pipe: nothing to read, nothing that keeps this process alive.
  const log = openSync(logFile, 'a');
  try {
    return spawn(command, args, { ...options, stdio: ['ignore', log, log], detached: true });
  } finally {
    closeSync(log);
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
  });
}
