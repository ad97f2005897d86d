/** `npm run docs`: writes the pages that are made from the exports of packages. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, referencePages } from './pages.ts';

for (const { path, text } of referencePages()) writeFileSync(join(ROOT, path), text);
