import type {
  EventData,
  EventQueue,
  JobPage,
  Overview,
  Queue,
  QueueDetail,
  QueuePage,
  QueueRow,
  Series,
  SeriesMetric,
} from '@relay/contract';
import {
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { call, type ReadWhileThere, unlessGone } from './api.ts';
import { useConnection } from './connection.ts';
import {
  type JobsOptions,
  jobsPath,
  OVERVIEW_PATH,
  queryText,
  queuePath,
  queuesPath,
} from './paths.ts';

/** How often is asked while no events stream in, in ms. */
const POLL_MS = 2_000;
/** While they do: what they don't carry. */
const LIVE_POLL_MS = 5_000;
const MINUTE_MS = 60_000;
/** Queues that are read at most, ten requests' worth. */
export const MOST_QUEUES = 2_000;

/** The stream of events does not carry limits: those of a queue that it brought are read later. */
export type ListedQueue = Queue & Partial<Pick<QueueRow, 'limits'>>;

export interface QueueList {
  readonly queues: readonly ListedQueue[];
  /** There are more than were read. */
  readonly partial: boolean;
  /** The first ones by name, while the others are being read. */
  readonly beginning?: boolean;
}

/** How often to ask for what the stream does not carry. */
export function usePollMs(): number {
  return useConnection().state === 'live' ? LIVE_POLL_MS : POLL_MS;
}

/** All queues. The stream of events keeps them current; without one they are asked for. */
export function useQueues() {
  const live = useConnection().state === 'live';
  const client = useQueryClient();
  return useQuery({
    queryKey: ['queues'],
    queryFn: ({ signal }) => readQueues(client, signal),
    refetchInterval: live ? MINUTE_MS : POLL_MS,
  });
}

/** A queue as the list of all has it, if that has been read: what is known until its own answer is there. */
export function useListed(name: string): ListedQueue | undefined {
  const list = useQueryClient().getQueryData<QueueList>(['queues']);
  return list?.queues.find((queue) => queue.name === name);
}

/** Where none are known yet the first page is shown as soon as it is there. */
async function readQueues(client: QueryClient, signal: AbortSignal): Promise<QueueList> {
  const queues: ListedQueue[] = [];
  let cursor: string | undefined;
  do {
    // oxlint-disable-next-line no-await-in-loop -- a page names the next.
    const page: QueuePage = await call<QueuePage>(queuesPath(cursor), { signal });
    queues.push(...page.items);
    cursor = page.nextCursor ?? undefined;
    if (cursor !== undefined) {
      const first = { queues: page.items, partial: false, beginning: true };
      client.setQueryData<QueueList>(['queues'], (known) => known ?? first);
    }
  } while (cursor !== undefined && queues.length < MOST_QUEUES);
  return { queues, partial: cursor !== undefined };
}

/** Takes an event of the stream over into what is known of the queues. */
export function applyEvent(client: QueryClient, kind: 'snapshot' | 'delta', data: EventData): void {
  client.setQueryData<QueueList>(['queues'], (known) => {
    const limits = new Map(known?.queues.map((queue) => [queue.name, queue.limits]));
    const listed = (queue: EventQueue): ListedQueue => {
      const kept = limits.get(queue.name);
      return kept === undefined ? queue : { ...queue, limits: kept };
    };
    if (kind === 'snapshot') return { queues: data.queues.map(listed), partial: false };
    if (known === undefined) return undefined;
    const changed = new Map(data.queues.map((queue) => [queue.name, listed(queue)]));
    const removed = new Set(data.removed);
    const kept = known.queues
      .filter(({ name }) => !removed.has(name))
      .map((queue) => changed.get(queue.name) ?? queue);
    const names = new Set(known.queues.map(({ name }) => name));
    return { ...known, queues: [...kept, ...data.queues.filter(({ name }) => !names.has(name))] };
  });
  for (const queue of data.queues) {
    client.setQueryData<QueueDetail>(['queue', queue.name], (known) =>
      known === undefined ? undefined : { ...known, ...queue },
    );
  }
}

export function useOverview() {
  const pollMs = usePollMs();
  return useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => call<Overview>(OVERVIEW_PATH, { signal }),
    refetchInterval: Math.min(pollMs, 3_000),
  });
}

export function useQueue(name: string): ReadWhileThere<QueueDetail> {
  const pollMs = usePollMs();
  const query = useQuery({
    queryKey: ['queue', name],
    queryFn: ({ signal }) => call<QueueDetail>(queuePath(name), { signal }),
    refetchInterval: pollMs,
  });
  return unlessGone(query);
}

export function useJobs(queue: string, options: JobsOptions) {
  const pollMs = usePollMs();
  const path = jobsPath(queue, options);
  const { worker } = options;
  return useQuery({
    queryKey: ['jobs', path],
    queryFn: ({ signal }) => call<JobPage>(path, { signal }),
    refetchInterval: pollMs,
    placeholderData: keepPreviousData,
    select: (page) =>
      worker === undefined
        ? page
        : { ...page, items: page.items.filter(({ workerId }) => workerId === worker) },
  });
}

/** @param queue its name; none yet: nothing is asked for yet */
export function useSeries(queue: string, metric: SeriesMetric) {
  return useQuery({ ...seriesQuery(queue, metric), enabled: queue !== '' });
}

/** Several of a queue; there once all of them are. */
export function useSeriesOf(queue: string, metrics: readonly SeriesMetric[]) {
  return useQueries({
    queries: metrics.map((metric) => seriesQuery(queue, metric)),
    combine: (read) => {
      const series = read.flatMap(({ data }) => data ?? []);
      return {
        data: series.length === metrics.length ? series : undefined,
        error: read.find(({ error }) => error !== null)?.error ?? null,
      };
    },
  });
}

function seriesQuery(queue: string, metric: SeriesMetric) {
  return queryOptions({
    queryKey: ['series', queue, metric],
    queryFn: ({ signal }) =>
      call<Series>(`${queuePath(queue)}/series${queryText({ metric })}`, { signal }),
    staleTime: MINUTE_MS / 2,
    refetchInterval: MINUTE_MS,
  });
}

/** Pauses and resumes; the answer is shown at once. */
export function usePause(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (pause: boolean) =>
      call<Queue>(`${queuePath(name)}/${pause ? 'pause' : 'resume'}`, { method: 'POST' }),
    onSuccess: (queue) => {
      applyEvent(client, 'delta', { queues: [queue] });
      return client.invalidateQueries({ queryKey: ['overview'] });
    },
  });
}
