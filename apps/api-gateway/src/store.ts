import type {
  EnqueueOutcome,
  EnqueueRequest,
  EnqueueResult,
  Job,
  JobState,
  JobSummary,
  ListOptions,
  Page,
  QueueStats,
} from '@relay/broker';

/** What the gateway needs of the broker, and nothing more. */
export interface JobStore {
  enqueue(queue: string, request: EnqueueRequest): Promise<EnqueueResult>;
  enqueueMany(
    queue: string,
    requests: readonly EnqueueRequest[],
  ): Promise<readonly EnqueueOutcome[]>;
  job(queue: string, id: string): Promise<Job | null>;
  list(queue: string, state: JobState, options?: ListOptions): Promise<Page<JobSummary>>;
  queues(options?: { search?: string; cursor?: string; limit?: number }): Promise<Page<string>>;
  stats(queue: string): Promise<QueueStats | null>;
  pause(queue: string): Promise<void>;
  resume(queue: string): Promise<void>;
  requeue(queue: string, id: string, options?: { payload?: string }): Promise<void>;
}
