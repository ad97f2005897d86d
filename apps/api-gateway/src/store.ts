import type { Broker } from '@relay/broker';

/** What the gateway needs of the broker, and nothing more. */
export type JobStore = Pick<
  Broker,
  | 'act'
  | 'actMatching'
  | 'beat'
  | 'cancel'
  | 'change'
  | 'claim'
  | 'configure'
  | 'delete'
  | 'enqueue'
  | 'enqueueMany'
  | 'extend'
  | 'forget'
  | 'idempotencyEntry'
  | 'job'
  | 'list'
  | 'members'
  | 'pause'
  | 'promoteNow'
  | 'queues'
  | 'requeue'
  | 'resume'
  | 'series'
  | 'setQuiet'
  | 'settings'
  | 'settle'
  | 'stats'
  | 'waitForEnd'
>;

/** What it needs beside its calls: a connection that waits for work. */
export type WakeSource = Pick<Broker, 'wakeListener'>;
