/**
 * `npm run set-version`, part of a release: writes the version of the packages wherever else it is named, such as the
 * chart, the images of the production overlay and the SDK's `VERSION`.
 */
import { writeFileSync } from 'node:fs';
import { relayVersion, withVersion } from './check/version.ts';

for (const { file, text } of withVersion(relayVersion())) writeFileSync(file, text);
