import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SERVICES = ['api-gateway', 'worker', 'reaper-promoter'];

/** Builds the services that are started from their builds. Nothing is done again that has not changed. */
export async function buildServices(): Promise<void> {
  const turbo = join(ROOT, 'node_modules', 'turbo', 'bin', 'turbo');
  const filters = SERVICES.map((name) => `--filter=@relay/${name}`);
  const args = [turbo, 'run', 'build', ...filters, '--ui=stream', '--output-logs=errors-only'];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(new Error(`the build of the services failed with ${code}: npm run build shows why`));
    });
  });
}
