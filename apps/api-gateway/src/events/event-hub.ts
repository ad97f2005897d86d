import { randomUUID } from 'node:crypto';
import type { EventData, Queue } from '@relay/contract';
import { type Logger, messageOf } from '@relay/service-kit';
import type { Principal } from '../auth/principal.ts';
import type { GatewayResponse } from '../http/answer.ts';
import type { Snapshots } from '../queues/snapshots.ts';

export interface EventHubOptions {
  readonly snapshots: Snapshots;
  readonly logger: Logger;
  /** Between two looks. Defaults to 1,000. */
  readonly intervalMs?: number;
  /** Between two comments, which keep the connection open. Defaults to 15,000. */
  readonly commentMs?: number;
  /** A client that leaves so many bytes unread is dropped. Defaults to 1 MiB. */
  readonly mostUnread?: number;
}

/** What a client wants to hear of. */
export interface Interest {
  readonly principal: Principal;
  /** Undefined: all that the key covers. */
  readonly queues: readonly string[] | undefined;
  /** Of the last event that it has, if it comes again. */
  readonly lastEventId: string | undefined;
}

interface Client {
  readonly response: GatewayResponse;
  readonly wants: (queue: string) => boolean;
}

interface Delta {
  readonly number: number;
  readonly changed: readonly Queue[];
  readonly removed: readonly string[];
}

/** Deltas for those who come again after a short while; for others there is a snapshot. */
const KEPT_DELTAS = 60;
/** A dropped client comes again after so long; after a shutdown they come spread over some seconds. */
const RETRY_MS = 2_000;

/** All event streams of this gateway, fed by one look at the queues a second however many they are. */
export class EventHub {
  readonly #options: EventHubOptions;
  readonly #clients = new Set<Client>();
  /** Numbers of events mean something in this process only. */
  readonly #epoch = randomUUID().slice(0, 8);
  readonly #deltas: Delta[] = [];
  #number = 0;
  /** What clients know: name → queue, and the same as a text. */
  #known = new Map<string, { readonly queue: Queue; readonly text: string }>();
  #timer: NodeJS.Timeout | undefined;
  #commentAt = 0;
  #stopped = false;

  constructor(options: EventHubOptions) {
    this.#options = options;
  }

  /** Streams that are open. */
  get size(): number {
    return this.#clients.size;
  }

  /**
   * Answers a request with a stream, which ends when the client goes, reads too slowly, or the
   * gateway stops. The header of the answer is not sent before there is something to say.
   */
  async open(response: GatewayResponse, interest: Interest): Promise<void> {
    if (this.#timer === undefined) await this.#look();
    if (response.destroyed || this.#stopped) {
      response.destroy();
      return;
    }
    const { principal, queues } = interest;
    const chosen = queues === undefined ? undefined : new Set(queues);
    const client: Client = {
      response,
      wants: (queue) => principal.covers(queue) && (chosen?.has(queue) ?? true),
    };
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
    response.write(`retry: ${RETRY_MS}\n\n`);
    for (const event of this.#first(client, interest.lastEventId)) response.write(event);
    this.#clients.add(client);
    response.once('close', () => this.#leave(client));
    this.#commentAt ||= performance.now();
    this.#timer ??= setTimeout(() => void this.#turn(), this.#options.intervalMs ?? 1_000);
  }

  /** Tells every client to come again, to whichever gateway is there then. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const { response } of this.#clients) {
      const soon = Math.round(500 + Math.random() * 2 * RETRY_MS);
      response.end(`retry: ${soon}\n\n`);
    }
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #turn(): Promise<void> {
    const { logger, intervalMs = 1_000, commentMs = 15_000 } = this.#options;
    const mine = this.#timer;
    try {
      const delta = await this.#look();
      if (delta !== undefined) this.#tell((client) => this.#deltaFor(client, delta));
    } catch (error) {
      logger.debug(`no events: ${messageOf(error)}`);
    }
    if (performance.now() - this.#commentAt >= commentMs) {
      this.#commentAt = performance.now();
      this.#tell(() => ':\n\n');
    }
    // The last client may have gone, and another one have come, meanwhile.
    if (this.#timer !== mine) return;
    const again = this.#clients.size > 0 && !this.#stopped;
    this.#timer = again ? setTimeout(() => void this.#turn(), intervalMs) : undefined;
  }

  /** Reads the queues; undefined when nothing has changed. */
  async #look(): Promise<Delta | undefined> {
    const { queues } = await this.#options.snapshots.read();
    const before = this.#known;
    this.#known = new Map(
      queues.map((queue) => [queue.name, { queue, text: JSON.stringify(queue) }]),
    );
    const changed = queues.filter(
      ({ name }) => before.get(name)?.text !== this.#known.get(name)?.text,
    );
    const removed = [...before.keys()].filter((name) => !this.#known.has(name));
    if (changed.length === 0 && removed.length === 0) return undefined;
    this.#number += 1;
    const delta = { number: this.#number, changed, removed };
    this.#deltas.push(delta);
    if (this.#deltas.length > KEPT_DELTAS) this.#deltas.shift();
    return delta;
  }

  /** Those deltas that it missed, or all there is. */
  #first(client: Client, lastEventId: string | undefined): string[] {
    const [epoch, number] = (lastEventId ?? '').split('-');
    const last = Number(number);
    const oldest = this.#deltas[0]?.number ?? Number.POSITIVE_INFINITY;
    if (epoch === this.#epoch && last >= oldest - 1 && last <= this.#number) {
      return this.#deltas
        .filter((delta) => delta.number > last)
        .flatMap((delta) => this.#deltaFor(client, delta) ?? []);
    }
    const queues = [...this.#known.values()].flatMap(({ queue }) =>
      client.wants(queue.name) ? [queue] : [],
    );
    return [this.#event('snapshot', this.#number, { queues })];
  }

  #deltaFor(client: Client, { number, changed, removed }: Delta): string | undefined {
    const queues = changed.filter(({ name }) => client.wants(name));
    const gone = removed.filter((name) => client.wants(name));
    if (queues.length === 0 && gone.length === 0) return undefined;
    return this.#event('delta', number, {
      queues,
      ...(gone.length === 0 ? {} : { removed: gone }),
    });
  }

  #event(name: 'snapshot' | 'delta', number: number, data: EventData): string {
    return `id: ${this.#epoch}-${number}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  #tell(say: (client: Client) => string | undefined): void {
    const { mostUnread = 1_048_576 } = this.#options;
    for (const client of this.#clients) {
      const { response } = client;
      // It was told at its beginning when to come again.
      if (response.writableLength > mostUnread) response.destroy();
      else {
        const text = say(client);
        if (text !== undefined) response.write(text);
      }
    }
  }
}
