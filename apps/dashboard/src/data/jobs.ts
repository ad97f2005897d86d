import type { GroupsAnswer, Job, JobPage, JobState, Operation, WorkerPage } from '@relay/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { call, callText, type ReadWhileThere, unlessGone } from './api.ts';
import { rawFields } from './json-text.ts';
import {
  GROUPS_PATH,
  jobPath,
  operationPath,
  queryText,
  queuePath,
  WORKERS_PATH,
} from './paths.ts';
import { usePollMs } from './queues.ts';

const OPERATION_POLL_MS = 500;
const ENDED: readonly JobState[] = ['completed', 'dead', 'cancelled'];

export interface LoadedJob {
  readonly job: Job;
  /** The answer as it came: numbers in it have all their digits. */
  readonly text: string;
  /** Its fields as they came. */
  readonly raw: ReadonlyMap<string, string>;
}

export function useJob(queue: string, id: string): ReadWhileThere<LoadedJob> {
  const pollMs = usePollMs();
  const query = useQuery({
    queryKey: ['job', queue, id],
    queryFn: async ({ signal }): Promise<LoadedJob> => {
      const text = await callText(jobPath(queue, id), { signal });
      return { job: JSON.parse(text) as Job, text, raw: rawFields(text) };
    },
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && ENDED.includes(data.job.state) ? pollMs : Math.min(pollMs, 2_000),
    // The same text is the same job: nothing is drawn again, however large it is.
    structuralSharing: (known, read) =>
      (known as LoadedJob | undefined)?.text === (read as LoadedJob).text ? known : read,
  });
  return unlessGone(query);
}

export function useGroups() {
  const pollMs = usePollMs();
  return useQuery({
    queryKey: ['groups'],
    queryFn: ({ signal }) => call<GroupsAnswer>(GROUPS_PATH, { signal }),
    refetchInterval: pollMs,
  });
}

export function useDeadLetters(queue: string, group: string, cursor: string | undefined) {
  const pollMs = usePollMs();
  const query = queryText({ group, cursor, limit: 50 });
  return useQuery({
    queryKey: ['dead-letters', queue, group, cursor],
    queryFn: ({ signal }) => call<JobPage>(`${queuePath(queue)}/dead-letters${query}`, { signal }),
    refetchInterval: pollMs,
    placeholderData: keepPreviousData,
  });
}

/** Asked for often while it runs, and not at all once it has ended. */
export function useOperation(id: string) {
  return useQuery({
    queryKey: ['operation', id],
    queryFn: ({ signal }) => call<Operation>(operationPath(id), { signal }),
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data.state === 'running' ? OPERATION_POLL_MS : false,
  });
}

export function useWorkers() {
  const pollMs = usePollMs();
  return useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => call<WorkerPage>(WORKERS_PATH, { signal }),
    refetchInterval: pollMs,
  });
}
