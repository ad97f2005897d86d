import { isDeepStrictEqual } from 'node:util';
import { consistencyProblems, type QueueSnapshot } from '@relay/testkit';
import type { JobState } from '../../src/index.ts';
import { readSettings } from '../../src/settings.ts';
import { canonJob, canonText } from './canon.ts';
import type { RedisView } from './redis-view.ts';
import type { ReferenceQueue } from './reference.ts';
import type { ModelJob } from './reference-job.ts';

const STATES: readonly JobState[] = [
  'ready',
  'scheduled',
  'active',
  'completed',
  'cancelled',
  'dead',
];
const DUE_UNIT = 2048;
/** Real time that a history may take at most: idempotency keys live by Redis's clock. */
const SLACK_MS = 55_000;

/** What the wake rule needs to know of the command that ran. */
export interface Before {
  readonly version: number;
  readonly wakeTokens: number;
  /** The command runs the rule in any case. */
  readonly nudged: boolean;
}

/**
 * Every difference between the reference and Redis, the broken invariants, and a broken wake rule. Times that the
 * broker has drawn at random are held to their bounds and then taken over into the reference.
 */
export function differences(model: ReferenceQueue, view: RedisView, before: Before): string[] {
  const { snapshot } = view;
  return [
    ...drawnTimes(model, snapshot),
    ...STATES.flatMap((state) => placeDifferences(model, snapshot, state)),
    ...jobDifferences(model, snapshot),
    ...totalDifferences(model, snapshot),
    ...settingDifferences(model, snapshot),
    ...keyDifferences(model, view),
    ...wakeDifferences(model, snapshot, before),
    ...dueDifferences(model, snapshot),
    ...consistencyProblems(snapshot),
  ];
}

function drawnTimes(model: ReferenceQueue, { places }: QueueSnapshot): string[] {
  const problems: string[] = [];
  for (const job of model.jobs.values()) {
    if (job.drawn === null) continue;
    const score = places.scheduled.get(job.id);
    const [earliest, latest] = job.drawn;
    const due = score === undefined ? Number.NaN : Math.floor(score / DUE_UNIT);
    if (!model.adopt(job, due))
      problems.push(`${job.id} is due at ${due}, which is not from ${earliest} to ${latest}`);
  }
  return problems;
}

/** The time that a place's score stands for; null: the order is all that counts. */
function timeIn(job: ModelJob): number | null {
  switch (job.state) {
    case 'ready':
      return null;
    case 'scheduled':
      return job.scheduledFor;
    case 'active':
      return job.lease?.deadline ?? null;
    case 'completed':
    case 'cancelled':
    case 'dead':
      return job.endedAt;
  }
}

function placeDifferences(
  model: ReferenceQueue,
  { places }: QueueSnapshot,
  state: JobState,
): string[] {
  const wanted = model.in(state);
  const found = places[state];
  const wantedIds = wanted.map(({ id }) => id).join(' ');
  const foundIds = [...found.keys()].join(' ');
  if (wantedIds !== foundIds)
    return [`${state} should hold [${wantedIds}] but holds [${foundIds}]`];
  const problems: string[] = [];
  for (const job of wanted) {
    const time = timeIn(job);
    const score = found.get(job.id) ?? Number.NaN;
    const at = state === 'scheduled' ? Math.floor(score / DUE_UNIT) : score;
    if (time !== null && at !== time)
      problems.push(`${job.id} stands in ${state} at ${at}, not at ${time}`);
  }
  return problems;
}

function jobDifferences(model: ReferenceQueue, { jobs, state, leases, expiry }: QueueSnapshot) {
  const problems: string[] = [];
  let expiring = 0;
  for (const job of model.jobs.values()) {
    const wanted = canonJob(job);
    const found = canonText(jobs[job.id] ?? '', state[job.id] ?? '', leases[job.id] ?? '');
    if (wanted !== found) problems.push(`${job.id} ${unlike(wanted, found)}`);
    if (job.expiresAt !== null) expiring++;
    if ((expiry.get(job.id) ?? null) !== job.expiresAt)
      problems.push(`${job.id} expires at ${expiry.get(job.id)}, not at ${job.expiresAt}`);
  }
  const records = Object.keys(jobs).length;
  if (records !== model.jobs.size)
    problems.push(`there are ${records} records, not ${model.jobs.size}`);
  if (expiry.size !== expiring) problems.push(`${expiry.size} jobs expire, not ${expiring}`);
  return problems;
}

/** The parts in which two descriptions of a job differ. */
function unlike(wanted: string, found: string): string {
  const [wants, finds] = [wanted.split('; '), found.split('; ')];
  const parts = wants.flatMap((part, i) =>
    part === finds[i] ? [] : [`should have\n      ${part}\n    but has\n      ${finds[i]}`],
  );
  return parts.join('\n  and ');
}

/** I18: every total, histograms included. */
function totalDifferences(model: ReferenceQueue, { stats }: QueueSnapshot): string[] {
  const problems: string[] = [];
  for (const [total, wanted] of model.totals) {
    if (Number(stats[total] ?? 0) !== wanted)
      problems.push(`the total "${total}" is ${stats[total]}, not ${wanted}`);
  }
  for (const [total, found] of Object.entries(stats)) {
    if (found !== '0' && !model.totals.has(total))
      problems.push(`the total "${total}" is ${found}, not 0`);
  }
  return problems;
}

function settingDifferences(model: ReferenceQueue, { config, limiter }: QueueSnapshot): string[] {
  const problems: string[] = [];
  const { revision: _, ...settings } = readSettings(Object.entries(config).flat());
  if (!isDeepStrictEqual(settings, model.settings)) {
    problems.push(
      `the settings are ${JSON.stringify(settings)}, not ${JSON.stringify(model.settings)}`,
    );
  }
  const { bucket } = model;
  const tokens = Number(limiter.tokens ?? Number.NaN);
  const same =
    bucket === null
      ? limiter.tokens === undefined
      : Math.abs(tokens - bucket.tokens) < 1e-9 && Number(limiter.at) === bucket.at;
  if (!same)
    problems.push(`the bucket is ${JSON.stringify(limiter)}, not ${JSON.stringify(bucket)}`);
  return problems;
}

function keyDifferences(model: ReferenceQueue, { keys }: RedisView): string[] {
  const problems: string[] = [];
  for (const name of new Set([...keys.keys(), ...model.keys.keys()])) {
    const found = keys.get(name);
    const wanted = model.keys.get(name);
    if (found?.id !== wanted?.id)
      problems.push(`the key ${name} stands for ${found?.id ?? 'nothing'}, not ${wanted?.id}`);
    else if (found && wanted && !lives(found.ttlMs, wanted.windowMs))
      problems.push(`the key ${name} lives ${found.ttlMs} ms of ${wanted.windowMs}`);
  }
  return problems;
}

function lives(ttlMs: number, windowMs: number): boolean {
  return ttlMs <= windowMs && ttlMs > windowMs - SLACK_MS;
}

/**
 * I29. A token bucket changes with time alone, and no script runs then: until the next one that changes something, the
 * token may stand as it stood.
 */
function wakeDifferences(
  model: ReferenceQueue,
  { wakeTokens }: QueueSnapshot,
  before: Before,
): string[] {
  const wanted = model.claimable ? 1 : 0;
  if (wakeTokens === wanted) return [];
  const untouched = before.version === model.version && !before.nudged;
  if (untouched && model.settings.rateLimit !== null && wakeTokens === before.wakeTokens) return [];
  return [`I29: there are ${wakeTokens} wake tokens, not ${wanted}`];
}

/** I12: whatever is due, the background loops have been told of a time no later than that. */
function dueDifferences(model: ReferenceQueue, { config }: QueueSnapshot): string[] {
  const { nextDueAt } = model;
  const told = config.due === undefined ? Number.POSITIVE_INFINITY : Number(config.due);
  if (nextDueAt === null || told <= nextDueAt) return [];
  return [`I12: work is due at ${nextDueAt}, but the loops were told ${config.due ?? 'nothing'}`];
}
