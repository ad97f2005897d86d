import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type * as contract from '@relay/contract';
import { generateFiles } from '../scripts/generate/files.ts';
import type * as own from '../src/generated/contract.ts';

describe('what is drawn from the contract', () => {
  it.each([...generateFiles()])(
    '%s is what the contract says: `pnpm generate` renews it',
    (path, content) => {
      expect(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')).toBe(content);
    },
  );
});

/** What zod infers can be given where the SDK's own type is asked for. */
type Fits<From extends To, To> = [From, To];
export type Proofs = [
  Fits<contract.Job, own.Job>,
  Fits<contract.JobSummary, own.JobSummary>,
  Fits<contract.EnqueueAnswer, own.EnqueueAnswer>,
  Fits<contract.BulkAnswer, own.BulkAnswer>,
  Fits<contract.ResultAnswer, own.ResultAnswer>,
  Fits<contract.Lease, own.Lease>,
  Fits<contract.ClaimAnswer, own.ClaimAnswer>,
  Fits<contract.SettleAnswer, own.SettleAnswer>,
  Fits<contract.ExtendAnswer, own.ExtendAnswer>,
  Fits<contract.QueueDetail, own.QueueDetail>,
  Fits<contract.QueueStats, own.QueueStats>,
  Fits<contract.Operation, own.Operation>,
  Fits<contract.Problem, own.Problem>,
  Fits<contract.Worker, own.WorkerSummary>,
  Fits<contract.Overview, own.Overview>,
  Fits<contract.ProblemSlug, own.ProblemSlug>,
  Fits<own.ProblemSlug, contract.ProblemSlug>,
];
