/**
 * `npm run set-version`: puts the version of the packages where the deployments name it: the chart, and the images of
 * the production overlay. Part of a release; the checks hold the three together.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { relayVersion, VERSION_PLACES } from './check/version.ts';

const version = relayVersion();
for (const { file, pattern } of VERSION_PLACES) {
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace(pattern, (_, before: string) => `${before}${version}`),
  );
}
