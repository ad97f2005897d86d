/**
 * `npm start`: Relay on this machine, with a demonstration. `npm start -- --help` tells more.
 *
 * Whatever ends it, the services are stopped in order: the workers drain while there is still a
 * Redis to settle with. Were this process killed outright, a guard beside each child ends that.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DemoProgress, type DemoReport, isSound } from '../apps/demo/src/report.ts';
import { build } from './start/build.ts';
import { DemoRun } from './start/demo.ts';
import { messageOf, StartFailure } from './start/errors.ts';
import { Interrupted, orEnd, watchForEnd } from './start/interrupt.ts';
import { type Options, readOptions, USAGE } from './start/options.ts';
import { Screen } from './start/screen.ts';
import { Stack } from './start/stack.ts';
import { closingLine, tableOf } from './start/table.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const APPS = ['api-gateway', 'worker', 'reaper-promoter', 'demo'];
const QUEUE = 'demo';
/** By convention 128 + 2, the number of SIGINT. */
const INTERRUPTED = 130;

const screen = new Screen(process.stdout);

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    screen.line(USAGE);
    return 0;
  }
  // The guards end what is left.
  const end = watchForEnd(() => process.exit(INTERRUPTED));
  const stack = new Stack({
    root: ROOT,
    redisUrl: process.env['REDIS_URL'] || undefined,
    port: options.port,
    queue: QUEUE,
  });
  let report: DemoReport | undefined;
  let code: number;
  try {
    screen.status('Building', { milestone: false });
    await build(ROOT, APPS, end);
    screen.status('Starting Redis, gateway, reaper-promoter and two workers', { milestone: true });
    await orEnd(Promise.race([stack.start(), stack.failure]), end);
    // Its build may take a while, once: the demonstration does not wait for it.
    const dashboard = options.once ? undefined : openDashboard(stack, end);
    // Looked at after the demonstration; until then nobody does.
    dashboard?.catch(() => undefined);
    report = await demonstrate(stack, options, end);
    if (dashboard !== undefined) {
      screen.status('Opening the dashboard', { milestone: false });
      showAddresses(stack, await orEnd(Promise.race([dashboard, stack.failure]), end));
    }
    code = isSound(report) ? 0 : 1;
    if (!options.once) await orEnd(stack.failure, end);
  } catch (error) {
    code = exitCodeOf(error, options, report);
  }
  screen.status('Stopping', { milestone: !options.once });
  const problems = await stack.stop();
  for (const problem of problems) screen.line(problem);
  if (problems.length > 0 && code === 0) code = 1;
  if (options.once && report !== undefined) screen.line(closingLine(report));
  else screen.line('Stopped.');
  return code;
}

/** Builds the dashboard and starts it. @returns its address */
async function openDashboard(stack: Stack, end: AbortSignal): Promise<string> {
  await build(ROOT, ['dashboard'], end);
  return await stack.startDashboard();
}

async function demonstrate(stack: Stack, options: Options, end: AbortSignal): Promise<DemoReport> {
  const { jobs } = options;
  let shown = 0;
  const demo = new DemoRun({
    stack,
    jobs,
    queue: QUEUE,
    onProgress: (progress) => {
      const fifth = Math.floor(((progress.completed + progress.dead) / jobs) * 5);
      screen.status(progressLine(progress), { milestone: fifth > shown });
      shown = Math.max(shown, fifth);
    },
    onCrash: (worker) => screen.line(`Killing ${worker} in the middle of its work, on purpose`),
  });
  try {
    const report = await orEnd(Promise.race([demo.finish(), stack.failure]), end);
    show(report, stack);
    return report;
  } finally {
    await demo.stop();
  }
}

function progressLine({ jobs, accepted, completed, dead }: DemoProgress): string {
  return `${completed + dead} of ${jobs} jobs ended: ${completed} completed, ${dead} dead (${accepted} accepted)`;
}

function show(report: DemoReport, stack: Stack): void {
  screen.line();
  for (const line of tableOf(report, (id) => stack.workerName(id))) screen.line(line);
  for (const problem of report.problems) screen.line(problem);
  screen.line();
}

function showAddresses(stack: Stack, dashboard: string): void {
  const rows = [
    ['Dashboard', dashboard],
    ['API', `${stack.url}/v1/queues`],
    ['Dead letters', `${stack.url}/v1/queues/${QUEUE}/dead-letters`],
    ['Metrics', `${stack.url}/metrics`],
    ['Readiness', `${stack.url}/readyz`],
    ['Redis', stack.redisAddress],
    ['Logs', '.relay/logs/'],
  ] as const;
  for (const [name, address] of rows) screen.line(`${name.padEnd(14)}${address}`);
  screen.line();
  screen.line('Relay keeps running. Ctrl-C stops it.');
}

function exitCodeOf(error: unknown, { once }: Options, report: DemoReport | undefined): number {
  if (error instanceof Interrupted) {
    if (report !== undefined) return isSound(report) ? 0 : 1;
    // Somebody who waits for the account did not get it.
    return once ? INTERRUPTED : 0;
  }
  screen.line(`relay: ${messageWithOutput(error)}`);
  return 1;
}

/** A failed build comes with its output; all else is one line. */
function messageWithOutput(error: unknown): string {
  if (error instanceof StartFailure) return error.message;
  return error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`relay: ${messageWithOutput(error)}\n`);
  process.exitCode = 1;
}
