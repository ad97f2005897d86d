import { type SpawnOptions, spawn } from 'node:child_process';
import { TestkitError } from './errors.ts';

/**
 * Runs a command to its end and returns what it wrote to stdout.
 *
 * @throws {TestkitError} `COMMAND_FAILED` with the end of what it wrote to stderr.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env'> & { timeoutMs?: number } = {},
): Promise<string> {
  const { timeoutMs = 120_000, ...spawnOptions } = options;
  return await new Promise<string>((resolve, reject) => {
    const child = spawn(command, args, {
      ...spawnOptions,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-2000);
    });
    const fail = (why: string, cause?: unknown) =>
      reject(new TestkitError('COMMAND_FAILED', `${command} ${args.join(' ')} ${why}`, { cause }));
    child.on('error', (error) => fail(`could not be started: ${error.message}`, error));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else fail(`ended with ${signal ?? `code ${code}`}: ${stderr.trim()}`);
    });
  });
}
