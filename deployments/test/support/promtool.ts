import { spawn } from 'node:child_process';
import { findPromtool } from '@relay/testkit';

/** What promtool says, on both streams, and its exit code. */
export async function promtool(
  args: readonly string[],
  input = '',
): Promise<{ code: number; output: string }> {
  const path = await findPromtool();
  return await new Promise((resolve, reject) => {
    const child = spawn(path, args, { stdio: 'pipe' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
    child.stdin.end(input);
  });
}
