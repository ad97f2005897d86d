import type { JobAction, JobState } from '@relay/broker';
import type { ActionRequest, DeadLetterFilter, Operation } from '@relay/contract';
import type { Principal } from '../auth/principal.ts';
import type { Handlers } from '../http/endpoint.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { validation } from '../http/validate.ts';
import { countMatching, type Operator } from '../operations/operator.ts';
import type { Wanted } from '../operations/plan.ts';
import type { JobStore } from '../store.ts';

type OperationHandlers = Pick<
  Handlers,
  | 'actOnJobs'
  | 'purgeQueue'
  | 'requeueDeadLetters'
  | 'purgeDeadLetters'
  | 'getOperation'
  | 'cancelOperation'
>;

/** Routes that begin an operation in the background, and those about operations. */
export function operationHandlers(store: JobStore, operator: Operator): OperationHandlers {
  const existing = async (queue: string): Promise<void> => {
    if ((await store.stats(queue)) === null) {
      throw new HttpProblem('not-found', `There is no queue "${queue}"`);
    }
  };
  const beginOrCount = async (wanted: Wanted, dryRun: boolean | undefined, gone: AbortSignal) => {
    await existing(wanted.queue);
    if (dryRun === true) {
      const matched = await countMatching(store, wanted, gone);
      return { status: 200, body: { matched } } as const;
    }
    return { status: 202, body: { operationId: await operator.begin(wanted) } } as const;
  };
  return {
    async actOnJobs({ params: { queue }, body, principal, gone }) {
      if (body.action === 'delete' && !principal.may('jobs.delete')) {
        throw new HttpProblem('forbidden', 'The key lacks the permission jobs.delete');
      }
      return await beginOrCount(wantedOf(queue, body), body.dryRun, gone());
    },

    async purgeQueue({ params: { queue }, body: { states, confirm } }) {
      if (confirm !== queue) {
        throw validation([{ pointer: '/confirm', detail: 'must be the name of the queue' }]);
      }
      await existing(queue);
      const operationId = await operator.begin({
        queue,
        action: 'delete',
        states: [...new Set(states)],
      });
      return { status: 202, body: { operationId } };
    },

    async requeueDeadLetters({ params: { queue }, body: { filter, ratePerSec, dryRun }, gone }) {
      const wanted = {
        ...deadLetters(queue, 'retry', filter),
        ...(ratePerSec === undefined ? {} : { ratePerSec }),
      };
      return await beginOrCount(wanted, dryRun, gone());
    },

    async purgeDeadLetters({ params: { queue }, body: { filter, dryRun }, gone }) {
      return await beginOrCount(deadLetters(queue, 'delete', filter), dryRun, gone());
    },

    async getOperation({ params: { id }, principal }) {
      return { status: 200, body: visible(await operator.find(id), id, principal) };
    },

    async cancelOperation({ params: { id }, principal }) {
      visible(await operator.find(id), id, principal);
      return { status: 200, body: visible(await operator.cancel(id), id, principal) };
    },
  };
}

/** Where an action can be done. */
const STATES_OF: Readonly<Record<JobAction, readonly JobState[]>> = {
  cancel: ['scheduled', 'ready', 'active'],
  retry: ['dead'],
  promote: ['scheduled'],
  delete: ['scheduled', 'ready', 'completed', 'dead', 'cancelled'],
};

/** @throws {HttpProblem} `validation` for a state in which the action cannot be done. */
function wantedOf(queue: string, { action, filter, reason }: ActionRequest): Wanted {
  const { state, type, before, ids } = filter;
  const possible = STATES_OF[action];
  if (state !== undefined && !possible.includes(state)) {
    throw validation([
      { pointer: '/filter/state', detail: `${action} is possible for ${possible.join(', ')} only` },
    ]);
  }
  if (ids !== undefined && (type !== undefined || before !== undefined)) {
    throw validation([{ pointer: '/filter/ids', detail: 'excludes type and before' }]);
  }
  return {
    queue,
    action,
    states: state === undefined ? [...possible] : [state],
    filter: {
      ...(type === undefined ? {} : { type }),
      ...(before === undefined ? {} : { before: Date.parse(before) }),
    },
    ...(ids === undefined ? {} : { ids }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function deadLetters(
  queue: string,
  action: 'retry' | 'delete',
  { reason, type, before, group }: DeadLetterFilter,
): Wanted {
  return {
    queue,
    action,
    states: ['dead'],
    filter: {
      ...(reason === undefined ? {} : { reason }),
      ...(type === undefined ? {} : { type }),
      ...(before === undefined ? {} : { before: Date.parse(before) }),
    },
    ...(group === undefined ? {} : { group }),
  };
}

/** @throws {HttpProblem} `not-found`, also for operations on queues that the key doesn't cover. */
function visible(found: Operation | null, id: string, principal: Principal): Operation {
  if (found === null || !principal.covers(found.queue)) {
    throw new HttpProblem('not-found', `There is no operation ${id}`);
  }
  return found;
}
