#!/usr/bin/env node
import { EXIT, InterruptedError } from './exit.ts';
import { run } from './run.ts';

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // As with `relay jobs q | head`: nobody reads on, so there is no use in going on.
    if (error.code === 'EPIPE') process.exit(EXIT.pipe);
    throw error;
  });
}

// Once: a second Ctrl-C ends the process at once.
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupt.abort(new InterruptedError()));
}

const { env, stdin, stdout, stderr } = process;
process.exitCode = await run(process.argv.slice(2), {
  env,
  stdin,
  stdout,
  stderr,
  signal: interrupt.signal,
  now: Date.now,
});
// A pipe that still waits for input would hold the process.
stdin.destroy();
