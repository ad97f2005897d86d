/** What 1,000 histories must have reached: every command, and every branch of the reference that is worth its name. */
const EXPECTED: Readonly<Record<string, string>> = {
  step:
    'enqueue · claim · settle · settleAndClaim · extend · reap · promote · expire · ' +
    'retire · advance · advanceToDue · pause · resume · nudge · repeat · repeatEnqueue · ' +
    'late · configure · cancel · requeue · delete · promoteNow · change · act · ' +
    'actMatching · unhandledBefore · churn',
  enqueue: 'ready · scheduled · duplicate · duplicate of a job that is gone',
  'enqueue refused': 'idempotency-mismatch · queue-full',
  claim:
    'took jobs · took nothing · paused · held back by concurrency · ' +
    'held back by the rate · told when to come again · expired on the way · ' +
    'a named one again',
  settle:
    'complete → completed · complete → gone · fail → scheduled · fail → dead · ' +
    'timeout → scheduled · timeout → dead · release → ready · release → scheduled · ' +
    'unhandled → scheduled · unhandled → dead · complete → cancelled · fail → cancelled · ' +
    'timeout → cancelled · release → cancelled · unhandled → cancelled · lease-lost · ' +
    'second in one batch · answered as remembered · an older completed job made room',
  extend: 'extended · extended, told to cancel · held back by the timeout · lease-lost',
  backoff:
    'exponential, full jitter · exponential, no jitter · fixed, full jitter · ' +
    'fixed, no jitter',
  reap:
    'crash → ready · crash → scheduled · crash → dead · timeout → scheduled · ' +
    'timeout → dead · cancelled → cancelled',
  promote: 'made jobs ready · done · invalid-state · not-found',
  expire: 'ready · scheduled',
  retire:
    'completed by age · completed by count · cancelled by age · cancelled by count · ' +
    'dead by age · dead by count',
  dead: 'attempts-exhausted · crashed · non-retryable · expired · unhandled',
  cancel: 'done · its worker will be told · invalid-state · not-found',
  retry: 'done · invalid-state · not-found',
  delete: 'done · invalid-state · not-found',
  change: 'ready · scheduled · invalid-state · not-found',
  matching: 'cancel: acted · retry: acted · delete: acted · promote: acted · count: counted',
  repeat:
    'enqueue · settle-and-claim · act · act-matching · change · ' +
    'a lease of it has ended meanwhile · a late call is refused',
  forgotten: 'a key · a call · a settlement',
  history: 'the oldest delivery is forgotten',
  wake: 'a token · no token',
};

/** Counts what histories have reached. */
export class Coverage {
  readonly #counts = new Map<string, number>();
  readonly note = (event: string): void => {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + 1);
  };

  /** What should have been reached and was not. */
  get missing(): string[] {
    return this.#rows().flatMap(([group, name, count]) => (count > 0 ? [] : `${group}: ${name}`));
  }

  /** A line a group. */
  table(): string {
    const lines = new Map<string, string[]>();
    for (const [group, name, count] of this.#rows()) {
      const cells = lines.get(group) ?? [];
      cells.push(`${name} ${count}`);
      lines.set(group, cells);
    }
    return [...lines]
      .map(([group, cells]) => `${group.padEnd(16)} ${cells.join(' · ')}`)
      .join('\n');
  }

  #rows(): (readonly [group: string, name: string, count: number])[] {
    return Object.entries(EXPECTED).flatMap(([group, names]) =>
      names
        .split(' · ')
        .map((name) => [group, name, this.#counts.get(`${group}: ${name}`) ?? 0] as const),
    );
  }
}
