import { randomInt } from 'node:crypto';
import { StoreCorruptError } from '../errors.ts';
import { scheduleNamesKey } from '../keys.ts';
import type { QueueCalls } from '../queue-calls.ts';
import type { Argument, CallOptions, ScriptRunner } from '../runner.ts';
import type { ScheduleDefinition, ScheduleState } from './types.ts';

/** A schedule as it was read. */
export interface StoredSchedule {
  /** Redis's clock at that moment, ms. */
  readonly now: number;
  /** 0: there is none. */
  readonly revision: number;
  readonly entry: {
    readonly definition: ScheduleDefinition;
    readonly state: ScheduleState;
  } | null;
}

/** The scripts of schedules, and what their texts mean. */
export class ScheduleStore {
  readonly #calls: QueueCalls;
  readonly #runner: ScriptRunner;

  constructor(calls: QueueCalls, runner: ScriptRunner) {
    this.#calls = calls;
    this.#runner = runner;
  }

  /** @throws StoreCorruptError for one that Relay did not write */
  async read(id: string, options: CallOptions): Promise<StoredSchedule> {
    const reply = await this.#run('schedule-read', [id], options);
    const [now, definition, state] = reply as [number, string, string];
    const at = state.indexOf(' ');
    const revision = state === '' ? 0 : Number(state.slice(0, at));
    if (definition === '') return { now, revision, entry: null };
    return {
      now,
      revision,
      entry: {
        definition: parse(id, definition) as ScheduleDefinition,
        state: parse(id, state.slice(at + 1)) as ScheduleState,
      },
    };
  }

  /** @returns false when it has changed since. @throws StoreFullError */
  async put(
    { id, revision }: { readonly id: string; readonly revision: number },
    entry: { readonly definition: ScheduleDefinition; readonly state: ScheduleState },
    dueAt: number | null,
    options: CallOptions,
  ): Promise<boolean> {
    const { definition, state } = entry;
    // Another one each time: who has read a schedule that was deleted and made again since must notice.
    const first = revision === 0 ? randomInt(2 ** 40) : revision;
    const texts = [JSON.stringify(definition), JSON.stringify(state)];
    const args = [id, revision, ...texts, dueAt ?? '', first];
    return (await this.#run('schedule-put', args, options)) === 1;
  }

  /** @returns false when it has changed since. */
  async advance(
    { id, revision }: { readonly id: string; readonly revision: number },
    state: ScheduleState,
    dueAt: number | null,
    options: CallOptions,
  ): Promise<boolean> {
    const args = [id, revision, JSON.stringify(state), dueAt ?? ''];
    return (await this.#run('schedule-advance', args, options)) === 1;
  }

  async delete(id: string, options: CallOptions): Promise<boolean> {
    return (await this.#run('schedule-delete', [id], options)) === 1;
  }

  /** Names of at most `max` whose time has come. */
  async due(max: number, options: CallOptions): Promise<string[]> {
    const [, ...cells] = (await this.#run('schedule-due', [max], options)) as string[];
    return cells.filter((_, i) => i % 2 === 0);
  }

  /** At most `count` names behind `after`, in their order. */
  names(after: string, count: number, options: CallOptions): Promise<string[]> {
    const key = scheduleNamesKey(this.#calls.namespace);
    return this.#runner.command(
      'a list of the schedules',
      (client) => client.zrangebylex(key, after === '' ? '-' : `(${after}`, '+', 'LIMIT', 0, count),
      options,
    );
  }

  #run(script: string, args: readonly Argument[], options: CallOptions): Promise<unknown> {
    return this.#calls.run('schedules', { script, args, options });
  }
}

function parse(id: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StoreCorruptError(
      `schedule "${id}" has an entry that Relay did not write: delete it`,
    );
  }
}
