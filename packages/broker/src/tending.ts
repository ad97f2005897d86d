import { seed } from './ids.ts';
import { Issues } from './names.ts';
import type { Parts } from './producing.ts';
import { LIMITS } from './request.ts';
import type { CallOptions } from './runner.ts';
import type { ExpireResult, PromoteResult, ReapResult, RetireResult } from './types.ts';

/** How much one run may do, and how it is tried. */
export interface TendOptions extends CallOptions {
  readonly max?: number;
}

type ReapReply = [
  reaped: number,
  ready: number,
  scheduled: number,
  dead: number,
  cancelled: number,
  nextDueAt: number,
  more: number,
  ghosts: string[],
];

/** The verbs of the background loops. Each does a bounded part, and any number of callers may run them at once. */
export class Tending {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async reap(queue: string, { max = 500, ...options }: TendOptions): Promise<ReapResult> {
    const reply = (await this.#run(queue, 'reap', [max, seed()], options)) as ReapReply;
    const [reaped, ready, scheduled, dead, cancelled, nextDueAt, more, ghosts] = reply;
    return {
      reaped,
      outcomes: { ready, scheduled, dead, cancelled },
      ghosts,
      more: more === 1,
      nextDueAt: orNull(nextDueAt),
    };
  }

  async promote(
    queue: string,
    { max = LIMITS.batch, ...options }: TendOptions,
  ): Promise<PromoteResult> {
    const [promoted, nextDueAt, more] = (await this.#run(
      queue,
      'promote',
      [max],
      options,
    )) as number[];
    return { promoted: promoted ?? 0, more: more === 1, nextDueAt: orNull(nextDueAt ?? -1) };
  }

  async expire(queue: string, { max = 500, ...options }: TendOptions): Promise<ExpireResult> {
    const [expired, nextDueAt, more] = (await this.#run(
      queue,
      'expire',
      [max],
      options,
    )) as number[];
    return { expired: expired ?? 0, more: more === 1, nextDueAt: orNull(nextDueAt ?? -1) };
  }

  async retire(
    queue: string,
    { max = LIMITS.batch, ...options }: TendOptions,
  ): Promise<RetireResult> {
    const [removed, deadRemoved, more, nextInMs] = (await this.#run(
      queue,
      'retire',
      [max],
      options,
    )) as number[];
    return {
      removed: removed ?? 0,
      deadRemoved: deadRemoved ?? 0,
      more: more === 1,
      nextInMs: orNull(nextInMs ?? -1),
    };
  }

  async rollUp(queue: string, options: CallOptions): Promise<boolean> {
    return (await this.#run(queue, 'rollup', [], options)) === 1;
  }

  async nudge(queue: string, options: CallOptions): Promise<boolean> {
    return (await this.#run(queue, 'nudge', [], options)) === 1;
  }

  #run(
    queue: string,
    script: string,
    args: readonly number[],
    options: CallOptions,
  ): Promise<unknown> {
    assertMax(args[0]);
    return this.#parts.calls.run(queue, { script, args, options });
  }
}

/** More would not fit into one command of a script. */
function assertMax(max: number | undefined): void {
  const issues = new Issues();
  issues.integer('/max', max, [1, LIMITS.batch]);
  issues.check();
}

function orNull(value: number): number | null {
  return value < 0 ? null : value;
}
