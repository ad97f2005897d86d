import { setTimeout as delay } from 'node:timers/promises';
import type { AddOptions, Client } from '../contenders/contender.ts';
import type { AgentRun, Cost, ProduceOptions } from './agent-protocol.ts';
import { monotonicMs, type Payload, payloadOf } from './payload.ts';

interface Item {
  readonly job: Payload;
  readonly add: AddOptions | undefined;
}

/** Adds the jobs of a run; all payloads are made before the clock runs. */
export async function produce(
  client: Client,
  run: AgentRun,
  options: ProduceOptions,
): Promise<Cost> {
  if (options.perSecond !== undefined) return pace(client, run, options, options.perSecond);
  const items = itemsOf(run, options);
  const cpu = process.cpuUsage();
  const begunAt = performance.now();
  const { chunk, inFlight } = options;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const at = next;
      next += Math.max(1, chunk);
      // oxlint-disable-next-line no-await-in-loop -- a lane has one add under way.
      await (chunk > 0 ? addChunk(client, items.slice(at, at + chunk)) : addOne(client, items[at]));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - begunAt, cpuUs: user + system };
}

async function addOne(client: Client, item: Item | undefined): Promise<void> {
  if (item !== undefined) await client.add(item.job, item.add);
}

async function addChunk(client: Client, items: readonly Item[]): Promise<void> {
  const [first] = items;
  await client.addBulk(
    items.map(({ job }) => job),
    first?.add,
  );
}

function itemsOf(run: AgentRun, { from, count, priorities, spread }: ProduceOptions): Item[] {
  const first = Date.now() + (spread?.leadMs ?? 0);
  return Array.from({ length: count }, (_, i) => {
    const n = from + i;
    const dueAt = spread && Math.floor(first + (i * spread.overMs) / count);
    const job = payloadOf(n, run.run, run.payloadBytes, dueAt === undefined ? {} : { dueAt });
    if (dueAt !== undefined) return { job, add: { dueAt } };
    return { job, add: priorities ? { priority: (n * 7) % 10 } : undefined };
  });
}

/** Sends at a fixed rate whatever the answers do, so that a slow answer does not hide the wait of the next job. */
async function pace(
  client: Client,
  run: AgentRun,
  { from, count }: ProduceOptions,
  perSecond: number,
): Promise<Cost> {
  const cpu = process.cpuUsage();
  const begunAt = performance.now();
  const adds: Promise<void>[] = [];
  for (let i = 0; i < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - begunAt) * perSecond) / 1_000));
    for (; i < due; i++) {
      const job = payloadOf(from + i, run.run, run.payloadBytes, { sentAt: monotonicMs() });
      adds.push(client.add(job));
    }
    // oxlint-disable-next-line no-await-in-loop -- until the next one is due.
    await delay(1);
  }
  await Promise.all(adds);
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - begunAt, cpuUs: user + system };
}
