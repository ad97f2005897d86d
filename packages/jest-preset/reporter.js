import { writeResults } from './results.js';

/** How many of the slowest tests a package reports; the root merges them and prints ten. */
const SLOWEST = 10;
/** How long, in ms, a finished run may take to end before it counts as leaking. */
const LEAK_MS = 10_000;

/** Writes the counts of one package's run for the root's closing line. */
export default class CountingReporter {
  #globalConfig;

  constructor(globalConfig) {
    this.#globalConfig = globalConfig;
  }

  onRunComplete(_contexts, results) {
    const tests = results.testResults.flatMap((file) => file.testResults);
    const slowest = tests
      .filter((test) => typeof test.duration === 'number')
      .toSorted((a, b) => b.duration - a.duration)
      .slice(0, SLOWEST)
      .map((test) => ({ name: test.fullName, ms: test.duration }));
    writeResults(this.#globalConfig.rootDir, {
      passed: results.numPassedTests,
      // A file that does not load has no tests to count, yet it is a failure.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
      slowest,
    });
    if (!this.#globalConfig.watch && !this.#globalConfig.watchAll) failWhenLeaking();
  }
}

/** Jest waits for ever when a test has left a socket, a timer or a process open; we wait a while. */
function failWhenLeaking() {
  setTimeout(() => {
    const kinds = [...new Set(process.getActiveResourcesInfo())].join(', ');
    console.error(`The tests are over, but something that they started is still open: ${kinds}`);
    process.exit(1);
  }, LEAK_MS).unref();
}
