import { backlog } from './backlog.ts';
import type { Case } from './case.ts';
import { cluster } from './cluster.ts';
import { enqueueCases } from './enqueue.ts';
import { http } from './http.ts';
import { idleQueues } from './idle-queues.ts';
import { idleWorkers } from './idle-workers.ts';
import { latencyCases } from './latency.ts';
import { latenessCases } from './lateness.ts';
import { memory } from './memory.ts';
import { processCases } from './process.ts';
import { promotion } from './promotion.ts';

export const CASES: readonly Case[] = [
  ...processCases,
  ...enqueueCases,
  ...latencyCases,
  ...latenessCases,
  memory,
  backlog,
  idleWorkers,
  http,
  cluster,
  promotion,
  idleQueues,
];
