import { TestkitError } from '@relay/testkit';
import type { Account } from '../check/account.ts';
import type { Allowances } from '../check/check.ts';
import type { Evidence } from '../check/evidence.ts';
import { monotonicMs } from '../history/events.ts';
import type { Load, LoadOptions } from '../stack/load.ts';
import type { Service } from '../stack/service.ts';
import type { Stack, StackOptions } from '../stack/stack.ts';

/** A measured value and, where there is one, the bound that it must keep. */
export interface Figure {
  readonly name: string;
  readonly value: number | string;
  readonly unit?: string;
  /** At most so much. */
  readonly most?: number;
  /** True: a bound of time, which a busy machine may break without a fault of ours. */
  readonly timed?: boolean;
}

/** What a row works with while its faults are on. */
export class Scene {
  readonly stack: Stack;
  readonly load: Load;
  /** Seeded. */
  readonly random: () => number;
  /** 1: the whole row; less: a short one. */
  readonly scale: number;
  readonly figures: Figure[] = [];
  /** Breaches that the row itself has seen. */
  readonly breaches: string[] = [];
  /** What was injected, in words. */
  injected = '';
  allowed: Allowances = {};
  /** Calls of the worker services that were refused for a lease that had gone; they count them. */
  staleByServices = 0;

  constructor(parts: Pick<Scene, 'stack' | 'load' | 'random' | 'scale'>) {
    this.stack = parts.stack;
    this.load = parts.load;
    this.random = parts.random;
    this.scale = parts.scale;
  }

  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  /** How many of something a run of this scale has. */
  count(whole: number): number {
    return Math.max(1, Math.round(whole * this.scale));
  }

  /** Lets the load go on. The one place where time itself is what is waited for. */
  async pass(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Does something again and again, about every `ms`, for `durationMs`. Answers how often. */
  async every(ms: number, durationMs: number, act: () => unknown): Promise<number> {
    const end = monotonicMs() + durationMs;
    let times = 0;
    for (; monotonicMs() < end; times++) {
      await act();
      await this.pass(ms);
    }
    return times;
  }

  figure(figure: Figure): void {
    this.figures.push(figure);
  }

  /** Holds that something is as it must be. */
  expect(isTrue: boolean, otherwise: string): void {
    if (!isTrue) this.breaches.push(otherwise);
  }
}

/** One of them, as the seed says. */
export function pick<T>(scene: Scene, items: readonly T[]): T {
  const one = items[scene.between(0, items.length - 1)];
  if (one === undefined) throw new Error('there is nothing to pick from');
  return one;
}

export async function killAndRestart(scene: Scene, service: Service): Promise<void> {
  await scene.stack.signal(service, 'SIGKILL');
  await service.start();
  scene.stack.heal(`${service.name} is back`);
}

/** Starts the workers that have ended, as a supervisor does: a poison job may end one before it says that it is ready. */
export async function restartDead({ stack }: Scene): Promise<void> {
  for (const worker of stack.all('worker')) {
    if (worker.running) continue;
    try {
      await worker.start();
    } catch (error) {
      if (!(error instanceof TestkitError) || error.code !== 'PROCESS_EXITED') throw error;
      stack.fault(`${worker.name} has ended again`);
    }
  }
}

/** One fault that Relay must survive. */
export interface Row {
  /** As in the table of faults. */
  readonly id: string;
  readonly title: string;
  readonly expected: string;
  /** Part of `--smoke`. */
  readonly smoke?: boolean;
  /** Queues that the row itself works on: they are drained and checked like the others. */
  readonly queues?: readonly string[];
  /** Jobs a second. Defaults to 200. */
  readonly perSecond?: number;
  readonly stack?: Omit<StackOptions, 'dir' | 'seed' | 'source'>;
  /** Awaited before the stack starts, for what must be found first. Null: the machine cannot do it, and why not. */
  readonly prepare?: () => Promise<
    Omit<StackOptions, 'dir' | 'seed' | 'source'> | { readonly unfit: string }
  >;
  readonly load?: Partial<Pick<LoadOptions, 'mix' | 'replicatedShare'>>;
  /** The queue's totals are not checked: keys were changed behind the broker's back, or Redis forgot some. */
  readonly tampered?: boolean;
  /** Breaks and mends. The load runs all the while. */
  readonly inject: (scene: Scene) => Promise<void>;
  /** After everything has ended: what this row measures besides the account. */
  readonly judge?: (scene: Scene, evidence: Evidence, account: Account) => void;
}
