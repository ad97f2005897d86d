/**
 * Entry of the heartbeat thread. It looks a few times a heartbeat whether the main loop still turns;
 * while it does not, it extends the leases on the board, for `maxBlockedMs` at most.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Broker } from '@relay/broker';
import { type BoardEntry, LeaseBoard, sharedNow } from './lease-board.ts';

/** What the main thread gives it. */
export interface ThreadData {
  readonly memory: SharedArrayBuffer;
  readonly redis: string;
  readonly namespace: string;
  readonly queues: readonly string[];
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly tickMs: number;
  readonly blockedAfterMs: number;
  readonly maxBlockedMs: number;
}

/** What it tells the main thread, which hears it when it turns. */
export type ThreadMessage = { readonly ready: true } | { readonly error: string };

/** What the broker takes in one call. */
const MAX_BATCH = 1_000;
/** The shortest lease. */
const MIN_LEASE_MS = 1_000;

class BlockedHeartbeat {
  readonly #data: ThreadData;
  readonly #board: LeaseBoard;
  readonly #broker: Broker;
  readonly #timer: NodeJS.Timeout;
  #busy = false;

  constructor(data: ThreadData) {
    this.#data = data;
    this.#board = new LeaseBoard(data.memory);
    this.#broker = new Broker({ redis: data.redis, namespace: data.namespace });
    this.#timer = setInterval(() => void this.#tick(), data.tickMs);
  }

  /** Opens its connection now: when it is needed there is no time for that. */
  async open(): Promise<void> {
    try {
      await this.#broker.connect();
      tell({ ready: true });
    } catch (error) {
      tell({ error: error instanceof Error ? error.message : String(error) });
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#broker.close();
  }

  async #tick(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.#look();
    } catch (error) {
      tell({ error: error instanceof Error ? error.message : String(error) });
    }
    this.#busy = false;
  }

  async #look(): Promise<void> {
    const { leaseMs, heartbeatMs, maxBlockedMs, blockedAfterMs, queues } = this.#data;
    const now = sharedNow();
    const { beatAt } = this.#board;
    if (now - beatAt <= blockedAfterMs) return;
    // One heartbeat beyond: whoever comes back just in time must still be able to settle.
    const wanted = Math.floor(Math.min(leaseMs, beatAt + maxBlockedMs + heartbeatMs - now));
    if (wanted < MIN_LEASE_MS) return;
    const due: BoardEntry[][] = queues.map(() => []);
    for (let slot = 0; slot < this.#board.capacity; slot++) {
      const entry = this.#board.read(slot);
      if (entry !== null && entry.deadline < now + wanted - heartbeatMs / 2) {
        due[entry.queue]?.push(entry);
      }
    }
    for (const [index, entries] of due.entries()) {
      for (let from = 0; from < entries.length; from += MAX_BATCH) {
        const batch = entries.slice(from, from + MAX_BATCH);
        // One call after the other: a thread that hurries would only load Redis.
        // oxlint-disable-next-line no-await-in-loop
        await this.#extend(queues[index] ?? '', batch, wanted);
      }
    }
  }

  async #extend(queue: string, entries: readonly BoardEntry[], leaseMs: number): Promise<void> {
    const sentAt = sharedNow();
    const items = entries.map(({ id, token }) => ({ id, token, leaseMs }));
    const results = await this.#broker.extend(queue, items, { deadlineMs: this.#data.heartbeatMs });
    for (const [index, entry] of entries.entries()) {
      if (results[index]?.status === 'extended') {
        this.#board.noteExtended(entry, sentAt + leaseMs);
        this.#board.addExtended(1);
      } else this.#board.noteLost(entry);
    }
  }
}

function tell(message: ThreadMessage): void {
  // A thread's port, not a window: there is no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message);
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const heartbeat = new BlockedHeartbeat(workerData as ThreadData);
  void heartbeat.open();
  port.once('message', () => {
    void heartbeat.stop().finally(() => port.close());
  });
}
