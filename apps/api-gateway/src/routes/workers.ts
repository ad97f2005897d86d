import { LIMITS } from '@relay/contract';
import type { Handlers } from '../http/endpoint.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type OverviewParts, readOverview } from '../overview/overview.ts';
import { visibleWorkers } from '../workers/members.ts';
import { nameCursor } from './name-cursor.ts';

const CURSOR = nameCursor('worker');

type WorkerHandlers = Pick<Handlers, 'listWorkers' | 'quietWorker' | 'getOverview'>;

/** Routes about workers, and about the whole. */
export function workerHandlers(parts: OverviewParts): WorkerHandlers {
  const { store } = parts;
  return {
    async listWorkers({ query: { cursor, limit = LIMITS.defaultPageSize }, principal }) {
      const after = cursor === undefined ? '' : CURSOR.read(cursor);
      const all = visibleWorkers(await store.members('workers'), principal);
      const rest = all.filter(({ id }) => id > after);
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      const more = rest.length > limit && last !== undefined;
      return { status: 200, body: { items, nextCursor: more ? CURSOR.write(last.id) : null } };
    },

    async quietWorker({ params: { id }, body: { quiet = true }, principal }) {
      const visible = visibleWorkers(await store.members('workers'), principal);
      const known = visible.some((one) => one.id === id);
      if (!known || !(await store.setQuiet(id, quiet))) {
        throw new HttpProblem('not-found', `There is no live worker ${id}`);
      }
      return { status: 200, body: { id, quiet } };
    },

    async getOverview({ principal }) {
      return { status: 200, body: await readOverview(parts, principal) };
    },
  };
}
