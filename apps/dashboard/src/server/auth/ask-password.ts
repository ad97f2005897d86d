import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { StartError } from '@relay/service-kit/config';

/**
 * A password: typed twice at a terminal, without being shown; else the first line of stdin.
 *
 * @throws {StartError} when the two differ
 */
export async function askPassword(): Promise<string> {
  if (!process.stdin.isTTY) return await firstLine();
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const ask = async (what: string) => {
    process.stderr.write(what);
    const answer = await lines.question('');
    process.stderr.write('\n');
    return answer;
  };
  try {
    const first = await ask('Password: ');
    if ((await ask('Again: ')) !== first) throw new StartError('the two passwords differ');
    return first;
  } finally {
    lines.close();
  }
}

async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) return line;
  return '';
}
