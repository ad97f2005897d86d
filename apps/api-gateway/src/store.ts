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
  | 'note'
  | 'noted'
  | 'nudge'
  | 'pause'
  | 'promoteNow'
  | 'queues'
  | 'recall'
  | 'requeue'
  | 'resume'
  | 'series'
  | 'server'
  | 'setQuiet'
  | 'settings'
  | 'settle'
  | 'stats'
  | 'waitForEnd'
>;

/** What it needs beside these calls: connections that wait for work, and the operations of all gateways. */
export type Backend = JobStore & Pick<Broker, 'operations' | 'schedules' | 'wakeListener'>;
