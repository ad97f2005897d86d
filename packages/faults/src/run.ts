import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HistoryEvent, randomFrom, until } from '@relay/testkit';
import { type Account, accountOf } from './check/account.ts';
import { historyBreaches } from './check/check.ts';
import { type Evidence, gather } from './check/evidence.ts';
import { longestEnd } from './check/exits.ts';
import { excerptOf } from './check/minimise.ts';
import { redeliveries, workGoesOn } from './check/recovery.ts';
import { CONTESTED, MAIN, type RunEvent } from './history/events.ts';
import { readLogs } from './history/log.ts';
import { DEFAULT_RATE } from './options.ts';
import { keptJobs, leftovers } from './rest.ts';
import type { Figure, Row } from './rows/row.ts';
import { Scene } from './rows/row.ts';
import { Load } from './stack/load.ts';
import { CONTESTED_LIMITS, DRAIN_MS, Stack } from './stack/stack.ts';
import { stateProblems } from './stack/store.ts';

export interface RunOptions {
  readonly seed: number;
  readonly source: boolean;
  /** 1: the whole row. */
  readonly scale: number;
  /** Of the row's jobs a second. Defaults to 1: all of them. */
  readonly load?: number;
  /** Texts that take the place of the broker's Lua files; for the mutations. */
  readonly lua?: Readonly<Record<string, string>>;
  /** After the faults every job must have ended within so long, ms. Defaults to 90,000. */
  readonly drainMs?: number;
}

/** What a run of a row has shown. */
export interface RunResult {
  readonly row: string;
  readonly title: string;
  readonly seed: number;
  readonly injected: string;
  readonly expected: string;
  readonly account: Readonly<Record<keyof Account, number>>;
  readonly longestRecoveryMs: number | null;
  readonly figures: readonly Figure[];
  /** What must not be: breaches of invariants, and of the row's own expectations. */
  readonly breaches: readonly string[];
  /** Bounds of time that were not kept. */
  readonly late: readonly string[];
  /** Why the row could not be run on this machine; null: it was. */
  readonly unfit: string | null;
  readonly tookMs: number;
  /** Where the history is, if it was kept. */
  readonly dir: string | null;
}

const WARM_UP_MS = 1_000;
/** The load goes on for so long after the faults have been healed. */
const AFTER_MS = 1_500;

const queuesOf = ({ queues = [] }: Row): readonly string[] => [MAIN, CONTESTED, ...queues];

/** Load, faults, heal, drain, rest, check. */
export async function runRow(row: Row, options: RunOptions): Promise<RunResult> {
  const begun = performance.now();
  const dir = join(tmpdir(), `relay-faults-${process.pid}-${row.id}-${options.seed}`);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const prepared = row.prepare ? await row.prepare() : (row.stack ?? {});
  if ('unfit' in prepared) return unfitResult(row, options, prepared.unfit);
  const { seed, source, lua } = options;
  const changed = lua === undefined ? {} : { lua };
  await using stack = await Stack.start({ dir, seed, source, ...prepared, ...changed });
  const load = new Load({
    dir,
    seed,
    gatewayUrls: stack.gatewayUrls,
    redisUrl: stack.redisUrl,
    scripts: stack.scripts,
    perSecond: Math.max(1, Math.round((row.perSecond ?? DEFAULT_RATE) * (options.load ?? 1))),
    ...row.load,
  });
  const scene = new Scene({ stack, load, random: randomFrom(seed), scale: options.scale });
  const drained = await breakAndMend(row, scene, options.drainMs ?? 90_000);
  const evidence = await rest(scene, dir, row, drained);
  const account = accountOf(evidence, scene.staleByServices);
  row.judge?.(scene, evidence, account);
  scene.figure({
    name: 'end after SIGTERM, longest',
    value: longestEnd(evidence),
    unit: 'ms',
    most: DRAIN_MS + 2_000,
    timed: true,
  });
  scene.breaches.push(...historyBreaches(evidence, scene.allowed));
  return finish({ row, seed, scene, evidence, account, dir, begun });
}

async function breakAndMend(row: Row, scene: Scene, drainMs: number): Promise<boolean> {
  const { load, stack } = scene;
  load.start();
  try {
    await scene.pass(WARM_UP_MS);
    await row.inject(scene);
    await scene.pass(AFTER_MS);
  } finally {
    await load.stop();
  }
  const begun = performance.now();
  const drained = await until(async () => await isDrained(scene, queuesOf(row)), {
    what: 'every job to end',
    deadlineMs: drainMs,
    everyMs: 100,
  }).then(
    () => true,
    () => false,
  );
  scene.expect(drained, `I26: jobs had not ended ${drainMs} ms after the faults were healed`);
  const seconds = (performance.now() - begun) / 1_000;
  scene.figure({ name: 'drained after', value: Math.round(seconds * 10) / 10, unit: 's' });
  scene.staleByServices = await countStale(stack);
  return drained;
}

async function isDrained({ stack }: Scene, queues: readonly string[]): Promise<boolean> {
  for (const queue of queues) {
    const counts = (await stack.broker.stats(queue))?.counts;
    if (counts === undefined || counts.ready + counts.scheduled + counts.active > 0) return false;
  }
  return true;
}

async function countStale(stack: Stack): Promise<number> {
  let sum = 0;
  for (const worker of stack.all('worker')) {
    if (!worker.running) continue;
    const text = await (await fetch(`${await worker.probes()}/metrics`)).text();
    for (const [, value] of text.matchAll(/^relay_stale_settles_total\{[^}]*\} (\d+)$/gm))
      sum += Number(value);
  }
  return sum;
}

async function rest(scene: Scene, dir: string, row: Row, drained: boolean): Promise<Evidence> {
  const { stack } = scene;
  const queues = queuesOf(row);
  await stack.stopServices();
  for (const queue of queues) {
    const problems = await stateProblems(stack.store, queue, row.tampered);
    scene.breaches.push(...problems.map((problem) => `${queue}: ${problem}`));
  }
  const jobs = await keptJobs(stack, queues);
  if (drained) {
    for (const queue of queues)
      scene.breaches.push(...(await leftovers(stack, queue, row.tampered)));
  }
  return gather({
    logs: readLogs<RunEvent>(dir, '.log'),
    tokens: readLogs<HistoryEvent>(dir, '.tokens'),
    jobs,
    exits: stack.exits,
    limits: new Map([[CONTESTED, CONTESTED_LIMITS]]),
  });
}

function finish(parts: {
  row: Row;
  seed: number;
  scene: Scene;
  evidence: Evidence;
  account: Account;
  dir: string;
  begun: number;
}): RunResult {
  const { row, scene, evidence, account, dir } = parts;
  const { figures, breaches, injected } = scene;
  const late = figures.flatMap(({ name, value, most, unit = '', timed }) => {
    if (most === undefined || typeof value !== 'number' || value <= most) return [];
    const line = `${name}: ${value} ${unit}, at most ${most}`;
    if (timed) return [line];
    breaches.push(line);
    return [];
  });
  const failed = breaches.length > 0;
  if (failed) keepHistory(dir, evidence, breaches);
  else rmSync(dir, { recursive: true, force: true });
  return {
    row: row.id,
    title: row.title,
    seed: parts.seed,
    injected,
    expected: row.expected,
    account: countsOf(account),
    longestRecoveryMs: longestRecovery(evidence),
    figures,
    breaches,
    late,
    unfit: null,
    tookMs: Math.round(performance.now() - parts.begun),
    dir: failed ? dir : null,
  };
}

/** Beside the whole history, what the breaches are about. */
function keepHistory(dir: string, evidence: Evidence, breaches: readonly string[]): void {
  const keep = (name: string, value: unknown): void =>
    writeFileSync(join(dir, name), JSON.stringify(value, null, 1));
  keep('excerpt.json', excerptOf(evidence, breaches));
  keep('jobs.json', [...evidence.jobs.values()]);
}

function countsOf(account: Account): RunResult['account'] {
  const entries = Object.entries(account).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.length : value,
  ]);
  return Object.fromEntries(entries) as RunResult['account'];
}

function longestRecovery(evidence: Evidence): number | null {
  const again = [...redeliveries(evidence, 'SIGKILL'), ...redeliveries(evidence, 'SIGSTOP')];
  const times = [...again.flatMap(({ afterMs }) => afterMs ?? []), workGoesOn(evidence) ?? 0];
  const longest = Math.max(...times);
  return longest > 0 ? Math.round(longest) : null;
}

function unfitResult({ id, title, expected }: Row, { seed }: RunOptions, unfit: string): RunResult {
  const account = {
    asked: 0,
    acknowledged: 0,
    lost: 0,
    duplicated: 0,
    recovered: 0,
    unexpected: 0,
    staleRefused: 0,
    crashed: 0,
  };
  return {
    row: id,
    title,
    seed,
    injected: '',
    expected,
    account,
    longestRecoveryMs: null,
    figures: [],
    breaches: [],
    late: [],
    unfit,
    tookMs: 0,
    dir: null,
  };
}
