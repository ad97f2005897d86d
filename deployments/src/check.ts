/** `npm run check:deploy`: says what was checked, what is wrong and what could not be told. Exit code 1 for a problem. */
import { checkDeployments } from './check/run.ts';

const report = checkDeployments();
for (const problem of report.problems) console.log(`✗ ${problem}`);
for (const gap of report.unchecked) console.log(`Not checked: ${gap}`);
console.log(
  `${report.problems.length === 0 ? 'Good' : `${report.problems.length} problems`}: ${report.objects} objects in ` +
    `${report.renders} renders under ${report.rules} rules and their schemas, ${report.variables} variables ` +
    `(${report.settings} settings), ${report.images} images, ${report.workflows} workflows`,
);
process.exitCode = report.problems.length === 0 ? 0 : 1;
