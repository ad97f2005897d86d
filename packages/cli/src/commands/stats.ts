import type { EventQueue } from '@relay/sdk';
import type { Command } from 'commander';
import type { Attach } from '../action.ts';
import type { Context } from '../context.ts';
import { count, duration, rate } from '../format.ts';
import { write } from '../io.ts';
import { QUEUE_COLUMNS, queueRow } from './queues.ts';

/** `stats`, once or as it changes. */
export function addStats(program: Command, attach: Attach): void {
  attach<{ watch?: true }>(
    program
      .command('stats')
      .description('show totals and rates of one queue, or of all')
      .argument('[queue]')
      .option('-w, --watch', 'update live, until Ctrl-C'),
    async (context, [queue], { watch }) => {
      if (watch === true) await watchQueues(context, queue);
      else if (queue === undefined) await showAll(context);
      else await showOne(context, queue);
    },
  );
}

async function showOne(context: Context, queue: string): Promise<void> {
  const stats = await context.relay().queue(queue).stats({ signal: context.io.signal });
  await context.show(stats, (one) =>
    context.facts([
      ['ready', count(one.ready)],
      ['scheduled', count(one.scheduled)],
      ['active', count(one.active)],
      ['completed', `${count(one.completed)} kept, ${count(one.completedTotal)} in all`],
      ['dead', `${count(one.dead)} kept, ${count(one.deadTotal)} in all`],
      ['cancelled', count(one.cancelled)],
      ['failed attempts', count(one.failedTotal)],
      ['oldest ready', duration(one.oldestReadyMs)],
      ['in', `${rate(one.enqueuedPerSec)}, ${count(one.enqueuedTotal)} in all`],
      ['out', rate(one.completedPerSec)],
    ]),
  );
}

async function showAll(context: Context): Promise<void> {
  const overview = await context.relay().overview({ signal: context.io.signal });
  await context.show(overview, ({ queues, workers, tiles }) =>
    context.facts([
      ['queues', count(queues)],
      ['workers', `${count(workers.live)}, ${workers.busy} of ${workers.slots} slots busy`],
      ['ready', count(tiles.ready)],
      ['scheduled', count(tiles.scheduled)],
      ['active', count(tiles.active)],
      ['dead', count(tiles.dead)],
      ['oldest ready', duration(tiles.oldestReadyMs)],
      ['in', rate(tiles.enqueuedPerSec)],
      ['out', rate(tiles.finishedPerSec)],
      ['failed', rate(tiles.failedPerSec)],
    ]),
  );
}

/** On a terminal one table that is drawn anew; elsewhere, and with `--json`, a line for each change. */
async function watchQueues(context: Context, only: string | undefined): Promise<void> {
  const { signal, stdout } = context.io;
  const known = new Map<string, EventQueue>();
  const events = context
    .relay()
    .events({ signal, ...(only === undefined ? {} : { queues: [only] }) });
  let drawn = 0;
  for await (const event of events) {
    if (context.json) {
      await context.print(JSON.stringify(event));
      continue;
    }
    if (event.type === 'snapshot') known.clear();
    for (const queue of event.queues) known.set(queue.name, queue);
    for (const name of event.removed ?? []) known.delete(name);
    const live = stdout.isTTY === true;
    const queues = live ? [...known.values()] : event.queues;
    const rows = queues.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(queueRow);
    const [heading = '', ...lines] = context.table(QUEUE_COLUMNS, rows);
    const shown = live || drawn === 0 ? [heading, ...lines] : lines;
    // Up to where the last table began, and everything below it away.
    const back = live && drawn > 0 ? `\u001B[${drawn}A\u001B[J` : '';
    await write(stdout, back + shown.map((line) => `${line}\n`).join(''), signal);
    drawn = Math.max(1, shown.length);
  }
}
