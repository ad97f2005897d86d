import { readConfig } from '../../server/config.ts';

export const dynamic = 'force-dynamic';

const LOOK_MS = 1_000;
const { apiUrl } = readConfig(process.env);

/** Ready without the gateway too: the pages say themselves that it is away. */
export async function GET(): Promise<Response> {
  return Response.json({ status: 'ok', gateway: await stateOfGateway() });
}

async function stateOfGateway(): Promise<'ready' | 'not ready' | 'away'> {
  try {
    const signal = AbortSignal.timeout(LOOK_MS);
    const answer = await fetch(`${apiUrl}/readyz`, { signal, cache: 'no-store' });
    await answer.body?.cancel();
    return answer.ok ? 'ready' : 'not ready';
  } catch {
    return 'away';
  }
}
