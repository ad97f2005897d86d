/**
 * The handlers of the demo's jobs: what a worker loads through `RELAY_HANDLERS`.
 *
 * Each one depends on nothing but its job and the document it reads. It may run twice, on two
 * machines at once, and gives the same: that is what at-least-once delivery asks of a handler.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Handlers, type Job, NonRetryableError } from '@relay/consumer';
import type { z } from 'zod';
import {
  type DocumentIndex,
  indexSection,
  isFolder,
  OutsideFolderError,
  REPOSITORY,
  type Section,
} from './documents.ts';
import { documentPayload, flakyPayload } from './payload.ts';

/** The part of a job and of its context that these handlers use. */
export type DemoJob = Pick<Job, 'payload' | 'attempt' | 'crashes'>;
export interface DemoContext {
  readonly signal: AbortSignal;
}

/** Makes the handlers for the documents of one folder. */
export function createHandlers(folder: string) {
  const work = async (
    section: Section & { holdMs: number },
    signal: AbortSignal,
  ): Promise<DocumentIndex> => {
    const index = await read(folder, section);
    if (section.holdMs > 0) await delay(section.holdMs, undefined, { signal });
    return index;
  };
  return {
    /** Indexes one document, or a part of one. */
    async 'index-document'(job: DemoJob, { signal }: DemoContext): Promise<DocumentIndex> {
      return await work(checked(documentPayload, job.payload), signal);
    },

    /** Fails at its first attempts, then does what `index-document` does. */
    async 'flaky-document'(job: DemoJob, { signal }: DemoContext): Promise<DocumentIndex> {
      const payload = checked(flakyPayload, job.payload);
      const index = await work(payload, signal);
      // A crash is no attempt: the worker was at fault, not the job.
      const attempt = job.attempt - job.crashes;
      if (attempt <= payload.failures) {
        throw new Error(`attempt ${attempt} fails on purpose, the first ${payload.failures} do`);
      }
      return index;
    },

    /** Fails always: it shows how a job ends in the dead letters. */
    async 'broken-document'(job: DemoJob, { signal }: DemoContext): Promise<never> {
      await work(checked(documentPayload, job.payload), signal);
      throw new Error('this document is broken on purpose');
    },
  } satisfies Handlers;
}

/** Another attempt would refuse the same path again. */
async function read(folder: string, section: Section): Promise<DocumentIndex> {
  try {
    return await indexSection(folder, section);
  } catch (error) {
    if (error instanceof OutsideFolderError) {
      throw new NonRetryableError(error.message, { cause: error });
    }
    throw error;
  }
}

function checked<T extends z.ZodType>(schema: T, payload: unknown): z.output<T> {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new NonRetryableError(`payload ${field}: ${issue?.message ?? 'is not valid'}`);
}

function folderOf(env: NodeJS.ProcessEnv): string {
  const folder = env['DEMO_FOLDER'] || REPOSITORY;
  if (!isFolder(folder)) throw new Error(`DEMO_FOLDER ${folder} is not a folder`);
  return folder;
}

export default createHandlers(folderOf(process.env));
