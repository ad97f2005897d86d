// Draws the SDK's types, bounds and the testing fake's schemas from @relay/contract, so that the
// published package neither repeats the contract by hand nor needs it at install.
//
//   pnpm --filter @relay/sdk generate
import { mkdir, writeFile } from 'node:fs/promises';
import { generateFiles } from './generate/files.ts';

const root = new URL('..', import.meta.url);
for (const [path, content] of generateFiles()) {
  const file = new URL(path, root);
  // oxlint-disable-next-line no-await-in-loop -- three files.
  await mkdir(new URL('.', file), { recursive: true });
  // oxlint-disable-next-line no-await-in-loop
  await writeFile(file, content);
}
