import type { EnqueueRequest } from '@relay/contract';
import type { DemoConfig } from './config.ts';
import type { Section } from './documents.ts';
import type { DemoPayload } from './payload.ts';

/** What the generator expects of a job. */
type Fate = 'completes' | 'fails-first' | 'dies';

/** One job to be posted. */
export interface Item {
  /** From 0. */
  readonly number: number;
  readonly fate: Fate;
  readonly section: Section;
  readonly request: EnqueueRequest;
}

/** Headers that tell the jobs of one run from all others, and one item from the next. */
export const RUN_HEADER = 'demo-run';
export const ITEM_HEADER = 'demo-item';

/** From the second round over the documents on, a job gets one of so many parts. */
const PARTS = 4;
/** Of jobs that fail: short, so that a demo is over soon. */
const BROKEN = { maxAttempts: 2, backoff: { type: 'fixed', baseMs: 200, jitter: 'none' } } as const;
const FLAKY = { maxAttempts: 5, backoff: { type: 'exponential', baseMs: 100 } } as const;
/** Covers the retries of a request with room to spare; a key of the default 24 h would only cost memory. */
const IDEMPOTENCY_WINDOW_MS = 600_000;

export interface PlanOptions {
  readonly config: DemoConfig;
  /** At least one; used again from the start when there are more jobs. */
  readonly documents: readonly string[];
  /** Made once a run. */
  readonly run: string;
}

/** The n-th job of a run: the same for the same arguments, so that a repeated request is the same. */
export function planItem(number: number, { config, documents, run }: PlanOptions): Item {
  const fate = fateOf(number, config);
  const section = sectionOf(number, documents);
  const hold = config.DEMO_HOLD_MS > 0 ? { holdMs: config.DEMO_HOLD_MS } : {};
  const common = {
    priority: config.DEMO_PRIORITIES[number % config.DEMO_PRIORITIES.length] ?? 0,
    headers: { [RUN_HEADER]: run, [ITEM_HEADER]: String(number) },
    idempotencyKey: `${run}-${number}`,
    idempotencyWindowMs: IDEMPOTENCY_WINDOW_MS,
    ...delayOf(number, config),
  };
  return { number, fate, section, request: { ...common, ...work(fate, number, section, hold) } };
}

function work(fate: Fate, number: number, section: Section, hold: { holdMs?: number }) {
  const base = { ...section, ...hold };
  switch (fate) {
    case 'completes':
      return { type: 'index-document', payload: base satisfies DemoPayload };
    case 'fails-first': {
      const payload: DemoPayload = { ...base, failures: 1 + (number % 2) };
      return { type: 'flaky-document', payload, ...FLAKY };
    }
    case 'dies':
      return { type: 'broken-document', payload: base satisfies DemoPayload, ...BROKEN };
  }
}

function fateOf(number: number, config: DemoConfig): Fate {
  if (isPicked(number, config.DEMO_BROKEN_PERCENT)) return 'dies';
  // Shifted, or equal shares would pick the same jobs.
  return isPicked(number + 3, config.DEMO_FLAKY_PERCENT) ? 'fails-first' : 'completes';
}

function delayOf(number: number, config: DemoConfig): { delayMs?: number } {
  if (!isPicked(number + 6, config.DEMO_DELAYED_PERCENT) || config.DEMO_DELAY_MS === 0) return {};
  // 7,919 is prime: the delays spread over the whole range without chance.
  return { delayMs: 1 + ((number * 7_919) % config.DEMO_DELAY_MS) };
}

function sectionOf(number: number, documents: readonly string[]): Section {
  const path = documents[number % documents.length];
  if (path === undefined) throw new RangeError('there are no documents');
  const round = Math.floor(number / documents.length);
  return round === 0
    ? { path, part: 0, parts: 1 }
    : { path, part: (round - 1) % PARTS, parts: PARTS };
}

/** Picks `percent` of all numbers, evenly spread: of every 100 exactly so many. */
function isPicked(number: number, percent: number): boolean {
  const picked = (n: number): number => Math.floor((n * percent) / 100);
  return picked(number + 1) > picked(number);
}
