import { fileURLToPath } from 'node:url';
import { type ManagedProcess, startProcess } from '@relay/testkit';

const entry = fileURLToPath(new URL('../../../apps/api-gateway/src/main.ts', import.meta.url));

export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  readonly process: ManagedProcess;
}

/** A real gateway, as a process of its own. */
export async function startGateway(redis: string, port = 0): Promise<GatewayProcess> {
  const process = await startProcess({
    entry,
    env: { REDIS_URL: redis, PORT: String(port), HOST: '127.0.0.1', RELAY_AUTH: 'off' },
    readyPattern: /has started/,
  });
  const line = await process.waitForLine(/listening on (\S+)"/);
  const url = /listening on (\S+)"/.exec(line)?.[1] ?? '';
  return { url, process, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}
