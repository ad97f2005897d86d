import { spawn } from 'node:child_process';

/**
 * Reads the command's fate from a pipe whose other end only this process holds.
 * A line means "it has ended, forget it"; the end of the file without a line
 * means that this process is gone, by SIGKILL for all we know.
 */
const SCRIPT = 'read -r line || exec "$@" >/dev/null 2>&1';

/** Watches over a child; see {@link guard}. */
export interface Guard {
  /** Call it as soon as the child has ended: its pid may belong to somebody else by then. */
  release(): void;
}

/**
 * Runs `command` when this process ends without having released the guard, even
 * when it is killed by SIGKILL: a test run that dies leaves no server behind.
 *
 * It costs one idle `sh`. The guard is in a process group of its own, so that
 * Ctrl-C does not end it before its time.
 *
 * @param command for instance `['kill', '-9', String(pid)]`
 */
export function guard(command: readonly [string, ...string[]]): Guard {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'relay-guard', ...command], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.unref();
  // The pipe breaks when the shell is killed from outside; there is nobody to tell then.
  shell.stdin.on('error', () => shell.stdin.destroy());
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
  return {
    release() {
      if (!shell.stdin.destroyed && !shell.stdin.writableEnded) shell.stdin.end('released\n');
    },
  };
}
