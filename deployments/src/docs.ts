/** `npm run docs`: writes the pages and the files of `monitoring/` that are made from what is declared here and in the services. */
import { writeFile } from 'node:fs/promises';
import { pages } from './pages.ts';

for (const { file, text } of pages) {
  // oxlint-disable-next-line no-await-in-loop -- a few small files.
  await writeFile(file, text);
}
