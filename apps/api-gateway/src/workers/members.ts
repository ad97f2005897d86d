import type { Member } from '@relay/broker';
import type { Worker } from '@relay/contract';
import { z } from 'zod';
import type { Principal } from '../auth/principal.ts';
import { time } from '../views.ts';

const text = z.string().max(300).nullable().catch(null);
const whole = z.int().min(0).nullable().catch(null);

/** What workers and replicas say of themselves; they may be of another version, so nothing is required. */
const memberInfo = z.object({
  kind: z.enum(['process', 'http']).catch('process'),
  host: text,
  pid: whole,
  version: text,
  queues: z.array(z.string()).max(1_000).catch([]),
  slots: whole,
  busy: whole,
  draining: z.boolean().catch(false),
  startedAt: whole,
});

export function readInfo({ info }: Member): z.output<typeof memberInfo> {
  return memberInfo.parse(info);
}

/** In the order of their ids; with only those queues that the key covers. */
export function visibleWorkers(members: readonly Member[], principal: Principal): Worker[] {
  return members
    .map(toWorker)
    .map((worker) => ({ worker, queues: worker.queues.filter((name) => principal.covers(name)) }))
    .filter(({ worker, queues }) => queues.length > 0 || worker.queues.length === 0)
    .map(({ worker, queues }) => ({ ...worker, queues }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function toWorker(member: Member): Worker {
  const { startedAt, ...info } = readInfo(member);
  return {
    id: member.id,
    ...info,
    quiet: null,
    startedAt: startedAt === null ? null : time(startedAt),
    lastSeenAt: time(member.lastSeenAt),
  };
}
