import { openBeeQueue } from './bee-queue.ts';
import { openBullMq } from './bullmq.ts';
import { openCeiling } from './ceiling.ts';
import type { Contender } from './contender.ts';
import { openGroupMq } from './groupmq.ts';
import { openMinimal } from './minimal.ts';
import { openRelay } from './relay.ts';

/** By the name that the rows have for them. */
export const CONTENDERS: Readonly<Record<string, Contender>> = {
  relay: (options) => openRelay({ ...options, kept: false }),
  'relay-kept': (options) => openRelay({ ...options, kept: true }),
  bullmq: openBullMq,
  'bee-queue': openBeeQueue,
  groupmq: openGroupMq,
  ceiling: openCeiling,
  minimal: openMinimal,
};
