import { decodeCursor, encodeCursor } from './cursor.ts';
import { queueKeys } from './keys.ts';
import { Issues } from './names.ts';
import type { Parts } from './producing.ts';
import { LIMITS } from './request.ts';
import type { CallOptions } from './runner.ts';
import { readSettings } from './settings.ts';
import type {
  Job,
  JobState,
  JobSummary,
  ListOptions,
  MinuteTotals,
  Page,
  QueueInspection,
  QueueSettings,
  QueueStats,
} from './types.ts';
import { type Cell, readInspection, readJob, readMinute, readRows, readStats } from './views.ts';

/** The verbs that change nothing. */
export class Reading {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async stats(queue: string, options: CallOptions): Promise<QueueStats | null> {
    const stats = readStats(
      queue,
      (await this.#parts.calls.run(queue, { script: 'stats', args: [], options })) as Cell[],
    );
    const used =
      stats.totals.enqueued > 0 || Object.values(stats.counts).some((count) => count > 0);
    return used || (await this.#parts.registry.has(queue, options)) ? stats : null;
  }

  async inspect(queue: string, options: CallOptions): Promise<QueueInspection> {
    const reply = await this.#parts.calls.run(queue, { script: 'inspect', args: [], options });
    return readInspection(queue, reply as number[]);
  }

  async settings(queue: string, options: CallOptions): Promise<QueueSettings> {
    const key = queueKeys.config(this.#parts.calls.namespace, queue);
    const fields = await this.#parts.runner.command(
      `a look at the settings of queue "${queue}"`,
      (client) => client.hgetall(key),
      options,
    );
    return readSettings(Object.entries(fields).flat());
  }

  async job(queue: string, id: string, options: CallOptions): Promise<Job | null> {
    const reply = (await this.#parts.calls.run(queue, { script: 'job', args: [id], options })) as
      | Cell[]
      | null;
    return reply === null ? null : readJob(queue, id, reply);
  }

  async list(
    queue: string,
    state: JobState,
    list: ListOptions,
    options: CallOptions,
  ): Promise<Page<JobSummary>> {
    const { limit = 50, cursor, order = 'asc', type = '', reason = '' } = list;
    const issues = new Issues();
    issues.integer('/limit', limit, [1, 200]);
    issues.check();
    const scope = `${state} ${order}`;
    const from = cursor === undefined ? { score: '', id: '' } : decodeCursor(cursor, scope);
    const args = [
      state,
      order,
      from.score,
      from.id,
      limit,
      type === '' && reason === '' ? limit : LIMITS.batch,
      type,
      reason,
    ];
    const reply = await this.#parts.calls.run(queue, { script: 'list', args, options });
    const [more, score, id, ...cells] = reply as [number, string, string, ...Cell[]];
    return {
      items: readRows(queue, state, cells),
      nextCursor: more === 1 ? encodeCursor({ score, id }, scope) : null,
    };
  }

  async series(
    queue: string,
    {
      from = 0,
      to = Number.MAX_SAFE_INTEGER,
      last,
    }: { readonly from?: number; readonly to?: number; readonly last?: number },
    options: CallOptions,
  ): Promise<MinuteTotals[]> {
    const key = queueKeys.series(this.#parts.calls.namespace, queue);
    const [first, end] = [Math.floor(from / 60_000), Math.floor(to / 60_000)];
    const minutes = await this.#parts.runner.command(
      `a look at the series of queue "${queue}"`,
      async (client) =>
        last === undefined
          ? client.zrangebyscore(key, first, end)
          : (await client.zrevrangebyscore(key, end, first, 'LIMIT', 0, last)).toReversed(),
      options,
    );
    return minutes.map(readMinute);
  }
}
