/** `npm run docs`: writes the pages of `docs/` that are made from what the services say of themselves. */
import { writeFile } from 'node:fs/promises';
import { pages } from './pages.ts';

for (const { file, text } of pages) {
  // oxlint-disable-next-line no-await-in-loop -- a few small files.
  await writeFile(file, text);
}
