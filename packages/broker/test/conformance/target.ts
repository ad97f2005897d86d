import { randomBytes } from 'node:crypto';
import { assertConsistent, type ConsistencyReport } from '@relay/testkit';
import { Cluster, type Redis } from 'ioredis';
import { openListenConnection } from '../../src/connection.ts';
import { Broker, type EnqueueRequest, type Lease } from '../../src/index.ts';
import { queueKeys } from '../../src/keys.ts';

/** The masters behind a client: one, or those of a cluster. */
function mastersOf(client: Redis | Cluster): Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client];
}

/** What a behaviour has besides its broker. */
export interface Helpers {
  /** Nobody else's; checked for consistency afterwards. */
  readonly queue: string;
  /** Another broker on the same server and namespace; closed afterwards. */
  readonly open: () => Broker;
  /** Enqueues `n` jobs whose payloads are their numbers from 0, and gives their ids. */
  readonly fill: (n: number, request?: Partial<EnqueueRequest>) => Promise<string[]>;
  readonly claim: (max?: number, leaseMs?: number) => Promise<readonly Lease[]>;
  /** Claims what must be there. */
  readonly claimOne: (leaseMs?: number) => Promise<Lease>;
}

/**
 * Any Redis that the broker can be pointed at, by URL, in a namespace that is this run's alone. Production scripts: no
 * part of this needs more of the server than the broker itself does.
 */
export class Target implements AsyncDisposable {
  readonly url: string;
  readonly namespace = `conformance-${randomBytes(6).toString('hex')}`;
  readonly broker: Broker;
  /** Past the broker. */
  readonly client: Redis | Cluster;
  readonly #brokers: Broker[] = [];
  #queues = 0;

  constructor(url: string) {
    this.url = url;
    this.broker = this.open();
    this.client = openListenConnection(url, 'conformance');
  }

  open(): Broker {
    const broker = new Broker({ redis: this.url, namespace: this.namespace });
    this.#brokers.push(broker);
    return broker;
  }

  helpers(): Helpers {
    const queue = `q${++this.#queues}`;
    const { broker } = this;
    const claim = async (max = 1_000, leaseMs = 30_000): Promise<readonly Lease[]> =>
      (await broker.claim(queue, { workerId: 'w1', max, leaseMs })).leases;
    return {
      queue,
      claim,
      open: () => this.open(),
      async fill(n, request = {}) {
        const requests = Array.from({ length: n }, (_, i) => ({ payload: `${i}`, ...request }));
        return (await broker.enqueueMany(queue, requests)).map((outcome) => {
          if (!outcome.ok) throw outcome.error;
          return outcome.result.id;
        });
      },
      async claimOne(leaseMs) {
        const [lease] = await claim(1, leaseMs);
        if (lease === undefined) throw new Error(`queue ${queue} has no ready job`);
        return lease;
      },
    };
  }

  /** The server that holds all keys of the queue. */
  async nodeOf(queue: string): Promise<Redis> {
    const { client } = this;
    if (!(client instanceof Cluster)) return client;
    const slot = await client.cluster('KEYSLOT', queueKeys.jobs(this.namespace, queue));
    for (const [first, last, [host, port]] of (await client.call(
      'CLUSTER',
      'SLOTS',
    )) as SlotRange[]) {
      if (slot < first || slot > last) continue;
      const found = mastersOf(client).find(({ options }) => options.port === port);
      if (found === undefined) throw new Error(`not connected to ${host}:${port}`);
      return found;
    }
    throw new Error(`nobody owns slot ${slot}`);
  }

  async assertConsistent(queue: string): Promise<ConsistencyReport> {
    return assertConsistent(await this.nodeOf(queue), queue, { namespace: this.namespace });
  }

  /** The keys of this run, wherever they are. */
  async keys(): Promise<string[]> {
    const found: string[] = [];
    for (const node of mastersOf(this.client)) {
      let cursor = '0';
      do {
        const [next, page] = await node.scan(cursor, 'MATCH', `${this.namespace}:*`, 'COUNT', 1000);
        found.push(...page);
        cursor = next;
      } while (cursor !== '0');
    }
    return found;
  }

  /** Ends all brokers and takes what they have written off the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const broker of this.#brokers.splice(0)) await broker.close();
    try {
      for (const key of await this.keys()) await this.client.del(key);
    } finally {
      this.client.disconnect();
    }
  }
}

type SlotRange = [first: number, last: number, master: [host: string, port: number]];
