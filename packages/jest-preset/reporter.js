import { writeResults } from './results.js';

/** How many of the slowest tests a package reports; the root merges and prints ten. */
const SLOWEST = 10;

/** Writes the counts of one package's run for the root's closing line. */
export default class CountingReporter {
  #rootDir;

  constructor(globalConfig) {
    this.#rootDir = globalConfig.rootDir;
  }

  onRunComplete(_contexts, results) {
    const tests = results.testResults.flatMap((file) => file.testResults);
    const slowest = tests
      .filter((test) => typeof test.duration === 'number')
      .sort((a, b) => b.duration - a.duration)
      .slice(0, SLOWEST)
      .map((test) => ({ name: test.fullName, ms: test.duration }));
    writeResults(this.#rootDir, {
      passed: results.numPassedTests,
      // A file that does not load has no tests to count, yet it is a failure.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
      slowest,
    });
  }
}
