import { assertName } from './names.ts';
import type { QueueCalls } from './queue-calls.ts';
import type { CallOptions } from './runner.ts';
import type { Member } from './types.ts';

/** Which registry: the workers, or the replicas of a background service. */
export type MemberRegistry = 'workers' | 'replicas';

const INFO_BYTES = 16_384;

/** Signs of life of workers and replicas, in a registry of its own outside all queues. */
export class Members {
  readonly #calls: QueueCalls;

  constructor(calls: QueueCalls) {
    this.#calls = calls;
  }

  async beat(
    registry: MemberRegistry,
    beat: MemberBeat,
    options: CallOptions,
  ): Promise<BeatResult> {
    assertName(beat.id, 'id');
    const info = JSON.stringify(beat.info);
    if (Buffer.byteLength(info) > INFO_BYTES)
      throw new RangeError(`the info of member "${beat.id}" is larger than ${INFO_BYTES} bytes`);
    const { now, quiet, members } = await this.#run(
      registry,
      [beat.id, info, beat.silenceMs ?? 30_000, beat.all ? 1 : 0],
      options,
    );
    return { now, quiet, members };
  }

  async leave(registry: MemberRegistry, id: string, options: CallOptions): Promise<void> {
    await this.#run(registry, [id, '', 0, 0], options);
  }

  async list(registry: MemberRegistry, silenceMs: number, options: CallOptions): Promise<Member[]> {
    // Nobody has this id: it leaves at once, and hears of all.
    return [...(await this.#run(registry, ['-', '', silenceMs, 1], options)).members];
  }

  async setQuiet(id: string, quiet: boolean, options: CallOptions): Promise<boolean> {
    return (
      (await this.#calls.run('workers', {
        script: 'quiet',
        args: [id, quiet ? 1 : 0],
        options,
      })) === 1
    );
  }

  async #run(
    registry: MemberRegistry,
    args: readonly (string | number)[],
    options: CallOptions,
  ): Promise<BeatResult> {
    const reply = await this.#calls.run(registry, { script: 'beat', args, options });
    const [now, quiet, ...cells] = reply as [number, number, ...(string | number)[]];
    const members: Member[] = [];
    for (let i = 0; i + 2 < cells.length; i += 3) {
      members.push({
        id: String(cells[i]),
        lastSeenAt: Number(cells[i + 1]),
        info: JSON.parse(String(cells[i + 2])),
      });
    }
    return { now, quiet: quiet === 1, members };
  }
}

/** A sign of life. */
export interface MemberBeat {
  readonly id: string;
  /** Shown to operators; at most 16 KiB as JSON. */
  readonly info: Readonly<Record<string, unknown>>;
  /** Members silent for so long are forgotten. Defaults to 30,000 ms. */
  readonly silenceMs?: number;
  /** Whether to hear of all members. */
  readonly all?: boolean;
}

export interface BeatResult {
  /** Redis's clock, ms. */
  readonly now: number;
  /** An operator asked this worker to claim no more. */
  readonly quiet: boolean;
  /** Live members, if asked for. */
  readonly members: readonly Member[];
}
