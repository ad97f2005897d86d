// A process of the benchmark: does for one contender what it is told over the channel to its parent.
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, OpenOptions, PreparedWorker } from '../contenders/contender.ts';
import { CONTENDERS } from '../contenders/index.ts';
import type {
  AgentRun,
  AgentVerbs,
  Outcome,
  PrepareOptions,
  ProduceOptions,
  Progress,
  Reply,
  Request,
} from './agent-protocol.ts';
import { Ledger } from './ledger.ts';
import { monotonicMs, type Payload } from './payload.ts';
import { produce } from './workload.ts';

const openContender = CONTENDERS[process.argv[2] ?? ''];
if (openContender === undefined) throw new Error(`there is no contender "${process.argv[2]}"`);

/** What has been opened; each run opens anew. */
interface Opened {
  readonly client: Client;
  readonly run: AgentRun;
  readonly options: OpenOptions;
  readonly ledger: Ledger;
  readonly workers: PreparedWorker[];
  readonly others: Client[];
  readonly waits: number[];
  lastAt: number;
  cpu: NodeJS.CpuUsage;
}

let opened: Opened | undefined;
const profiler = new Session();

function current(): Opened {
  if (opened === undefined) throw new Error('nothing is open');
  return opened;
}

/** Enters a delivery in the books, and fails or waits as the run wants it. */
function handlerOf(state: Opened, { waitMs = 0, failFirst = false }: PrepareOptions) {
  const { ledger, waits } = state;
  const enter = (job: Payload): void => {
    if (job.sentAt !== undefined) waits.push(monotonicMs() - job.sentAt);
    if (job.dueAt !== undefined) waits.push(Date.now() - job.dueAt);
    const times = ledger.enter(job);
    if (failFirst && times === 1) throw new Error('the first attempt fails');
    state.lastAt = monotonicMs();
  };
  if (waitMs === 0) return enter;
  return async (job: Payload): Promise<void> => {
    await delay(waitMs);
    enter(job);
  };
}

const verbs: AgentVerbs = {
  async open({ run, jobs, payloadBytes, ...options }) {
    const client = await openContender(options);
    opened = {
      client,
      options,
      run: { run, jobs, payloadBytes },
      ledger: new Ledger(run, jobs),
      workers: [],
      others: [],
      waits: [],
      lastAt: 0,
      cpu: process.cpuUsage(),
    };
  },
  async produce(options: ProduceOptions) {
    const { client, run } = current();
    return produce(client, run, options);
  },
  async prepare(options: PrepareOptions) {
    const state = current();
    const handle = handlerOf(state, options);
    const { workers = 1, concurrency, perSecond } = options;
    for (let i = 0; i < workers; i++) {
      // Each worker has connections of its own, as in a process of its own.
      const client = i === 0 ? state.client : await openContender(state.options);
      if (i > 0) state.others.push(client);
      state.workers.push(
        await client.worker({
          concurrency,
          handle,
          ...(perSecond === undefined ? {} : { perSecond }),
        }),
      );
    }
  },
  async start() {
    const state = current();
    state.cpu = process.cpuUsage();
    const at = monotonicMs();
    for (const worker of state.workers) await worker.start();
    return at;
  },
  async progress(): Promise<Progress> {
    const { ledger, lastAt, cpu } = current();
    const { user, system } = process.cpuUsage(cpu);
    return { done: ledger.done, lastAt, cpuUs: user + system };
  },
  async stop(): Promise<Outcome> {
    const { workers, ledger, waits } = current();
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    const { seen, corrupt, foreign } = ledger;
    return { seen, corrupt, foreign, waits: Float64Array.from(waits) };
  },
  left: () => current().client.left(),
  async close() {
    const state = opened;
    opened = undefined;
    if (state === undefined) return;
    await Promise.all(state.workers.splice(0).map((worker) => worker.stop()));
    await Promise.all([state.client, ...state.others].map((client) => client.close()));
  },
  async profile(file) {
    if (file === null) {
      profiler.connect();
      await profiler.post('Profiler.enable');
      await profiler.post('Profiler.start');
      return;
    }
    const { profile } = await profiler.post('Profiler.stop');
    profiler.disconnect();
    await writeFile(file, JSON.stringify(profile));
  },
};

async function answer({ id, verb, args }: Request): Promise<Reply> {
  try {
    const perform = verbs[verb] as (...given: readonly unknown[]) => Promise<unknown>;
    return { id, value: await perform(...args) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', (request: Request) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit(0));
