import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { StartFailure } from './errors.ts';
import { orEnd } from './interrupt.ts';

/**
 * Builds what `npm start` runs, through turbo: nothing is done again that has not changed. Its
 * output is shown only when it fails.
 *
 * @throws {StartFailure} with that output.
 */
export async function build(
  root: string,
  packages: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const filters = packages.map((name) => `--filter=@relay/${name}`);
  const child = spawn(
    process.execPath,
    [
      join(root, 'node_modules', 'turbo', 'bin', 'turbo'),
      'run',
      'build',
      ...filters,
      '--ui=stream',
      '--output-logs=errors-only',
    ],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', ...process.env },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const done = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new StartFailure(`turbo: ${error.message}`)));
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new StartFailure(`the build failed:\n${output.trimEnd()}`));
    });
  });
  try {
    await orEnd(done, signal);
  } catch (error) {
    child.kill('SIGTERM');
    throw error;
  }
}
