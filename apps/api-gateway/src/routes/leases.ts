import {
  type ExtendResult as Extended,
  type SettleResult as Settled,
  type Settlement as Settling,
  StoreUnavailableError,
} from '@relay/broker';
import { type ExtendRequest, LIMITS, type ProblemError, type Settlement } from '@relay/contract';
import type { Principal } from '../auth/principal.ts';
import { groupBy } from '../group-by.ts';
import type { Handlers } from '../http/endpoint.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { RawJson } from '../http/raw-json.ts';
import { checkIdempotencyKey, validation } from '../http/validate.ts';
import type { Claims } from '../leases/claims.ts';
import type { HttpWorkers } from '../leases/http-workers.ts';
import { type LeaseName, unwrapToken } from '../leases/lease-token.ts';
import type { LeaseMetrics } from '../metrics/lease-metrics.ts';
import type { JobStore } from '../store.ts';
import { time, toLease } from '../views.ts';

type LeaseHandlers = Pick<Handlers, 'claimLeases' | 'settleLeases' | 'extendLeases'>;

export interface LeaseRoutes {
  readonly store: JobStore;
  readonly claims: Claims;
  readonly workers: HttpWorkers;
  readonly metrics: LeaseMetrics;
}

/** Routes of workers. */
export function leaseHandlers({ store, claims, workers, metrics }: LeaseRoutes): LeaseHandlers {
  return {
    async claimLeases({ body, principal, header, gone }) {
      const stranger = body.queues.find((queue) => !principal.covers(queue));
      if (stranger !== undefined) {
        throw new HttpProblem('not-found', `There is no queue "${stranger}" for this key`);
      }
      const { max = 1, leaseMs = LIMITS.defaultLeaseMs, waitMs = 0, workerId } = body;
      const queues = [...new Set(body.queues)];
      const key = keyOf(principal, header('idempotency-key'));
      const left = gone();
      const result = await claims.take({ workerId, queues, max, leaseMs, waitMs, key }, left);
      // Also when it goes while it is being answered.
      const giveBack = (): void => claims.giveBack(result.leases);
      if (left.aborted) giveBack();
      else left.addEventListener('abort', giveBack, { once: true });
      for (const lease of result.leases) metrics.claimed(lease);
      const { retryAfterMs } = result;
      return {
        status: 200,
        body: {
          leases: result.leases.map((lease) => toLease(lease, workerId)),
          ...(retryAfterMs === null ? {} : { retryAfterMs }),
        },
      };
    },

    async settleLeases({ body, principal, header }) {
      // A token's first settlement is remembered, so the key has nothing to add but its form.
      keyOf(principal, header('idempotency-key'));
      refuseLarge(body.items.map(sizeOfResult), 'result', LIMITS.resultBytes);
      const results = await byQueue<Settlement, Settled>(body.items, principal, {
        call: (queue, items) =>
          store.settle(
            queue,
            items.map(({ item, name }) => toSettlement(item, name)),
            { remember: true },
          ),
        lost: { status: 'lease-lost' },
        done: ({ item, name }, result) => {
          workers.lives(name.workerId, name.queue);
          metrics.settled(name.queue, item, result);
        },
      });
      return {
        status: 200,
        body: { results: results.map((result, index) => ({ index, ...result })) },
      };
    },

    async extendLeases({ body, principal }) {
      refuseLarge(body.items.map(sizeOfProgress), 'progress', LIMITS.progressBytes);
      const results = await byQueue<ExtendRequest['items'][number], Extended>(
        body.items,
        principal,
        {
          call: (queue, items) =>
            store.extend(
              queue,
              items.map(({ item, name }) => ({
                id: name.id,
                token: name.token,
                leaseMs: item.leaseMs,
                ...(item.progress instanceof RawJson ? { progress: item.progress.text } : {}),
              })),
            ),
          lost: { status: 'lease-lost' },
          done: ({ name }, { status }) => {
            workers.lives(name.workerId, name.queue);
            metrics.extended(name.queue, status);
          },
        },
      );
      return {
        status: 200,
        body: {
          results: results.map((result, index) =>
            result.status === 'extended'
              ? { index, ...result, expiresAt: time(result.expiresAt) }
              : { index, ...result },
          ),
        },
      };
    },
  };
}

interface Named<T> {
  readonly item: T;
  readonly name: LeaseName;
  readonly index: number;
}

interface QueueCall<T, R> {
  readonly call: (queue: string, items: readonly Named<T>[]) => Promise<readonly R[]>;
  /** The answer for what is no lease of this key's queues. */
  readonly lost: R;
  readonly done: (item: Named<T>, result: R) => void;
}

/**
 * One call a queue, the answers in the order of the items. A token that occurs twice is answered
 * twice as the first time. Where the store does not answer for one queue, the others have their
 * answers all the same.
 */
async function byQueue<T extends { readonly leaseToken: string }, R>(
  items: readonly T[],
  principal: Principal,
  { call, lost, done }: QueueCall<T, R>,
): Promise<(R | { status: 'unavailable' })[]> {
  const first = new Map<string, Named<T>>();
  for (const [index, item] of items.entries()) {
    const name = first.has(item.leaseToken) ? undefined : unwrapToken(item.leaseToken);
    if (name !== undefined && principal.covers(name.queue)) {
      first.set(item.leaseToken, { item, name, index });
    }
  }
  const answers = new Map<string, R | { status: 'unavailable' }>();
  const failures: unknown[] = [];
  const groups = [...groupBy(first.values(), ({ name }) => name.queue)];
  await Promise.all(
    groups.map(async ([queue, group]) => {
      try {
        const results = await call(queue, group);
        for (const [at, one] of group.entries()) {
          const result = results[at] ?? lost;
          answers.set(one.item.leaseToken, result);
          done(one, result);
        }
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        failures.push(error);
        for (const { item } of group) answers.set(item.leaseToken, { status: 'unavailable' });
      }
    }),
  );
  if (failures.length > 0 && failures.length === groups.length) throw failures[0];
  return items.map(({ leaseToken }) => answers.get(leaseToken) ?? lost);
}

function toSettlement(item: Settlement, { id, token }: LeaseName): Settling {
  switch (item.outcome) {
    case 'complete':
      return {
        id,
        token,
        outcome: 'complete',
        ...(item.result instanceof RawJson ? { result: item.result.text } : {}),
      };
    case 'fail': {
      const { leaseToken: _, ...rest } = item;
      return { id, token, ...rest };
    }
    case 'release': {
      const { leaseToken: _, ...rest } = item;
      return { id, token, ...rest };
    }
  }
}

function sizeOfResult(item: Settlement): number {
  return item.outcome === 'complete' ? sizeOf(item.result) : 0;
}

function sizeOfProgress(item: ExtendRequest['items'][number]): number {
  return sizeOf(item.progress);
}

function sizeOf(value: unknown): number {
  return value instanceof RawJson ? Buffer.byteLength(value.text) : 0;
}

/** Before anything is done: an item that is too large would stop its neighbours half way. */
function refuseLarge(sizes: readonly number[], field: string, most: number): void {
  const errors = sizes.flatMap<ProblemError>((size, index) =>
    size > most
      ? [{ pointer: `/items/${index}/${field}`, detail: `must be at most ${most} bytes` }]
      : [],
  );
  if (errors.length > 0) throw validation(errors);
}

/** Keys of two clients never meet. */
function keyOf(principal: Principal, key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  return `${principal.id} ${checkIdempotencyKey(key)}`;
}
