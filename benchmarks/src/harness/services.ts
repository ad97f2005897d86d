import { fileURLToPath } from 'node:url';
import { type ManagedProcess, startProcess } from '@relay/testkit';

/** A service as it is deployed: what its build made. */
export function startService(
  name: 'reaper-promoter' | 'api-gateway',
  env: Readonly<Record<string, string | undefined>>,
  readyPattern: RegExp,
): Promise<ManagedProcess> {
  return startProcess({
    command: process.execPath,
    entry: fileURLToPath(new URL(`../../../apps/${name}/dist/main.js`, import.meta.url)),
    env: { PORT: '0', NODE_ENV: 'production', ...env },
    readyPattern,
  });
}

export function startReaperPromoter(redisUrl: string): Promise<ManagedProcess> {
  return startService('reaper-promoter', { REDIS_URL: redisUrl, LOG_LEVEL: 'info' }, /"ready: /);
}
