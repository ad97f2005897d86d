// A client that goes wrong on purpose: settles twice (in one call and in two), settles late, never settles, and tries
// other tokens. REDIS_URL, SEED; writes its part of the history, and with it (FAULTS_TOKENS) what the broker told it of every token.
import { Broker, type Lease, type Settlement } from '@relay/broker';
import { type HistoryEvent, randomFrom } from '@relay/testkit';
import { CONTESTED, monotonicMs, wantedIn } from '../history/events.ts';
import { EventLog } from '../history/log.ts';
import { openLog } from './work.ts';

const { REDIS_URL = '', SEED = '1', FAULTS_TOKENS = '', FAULTS_NAME: name = 'bad' } = process.env;
const LEASE_MS = 3_000;
const random = randomFrom(Number(SEED));
const log = openLog();
const tokens = new EventLog<HistoryEvent>(FAULTS_TOKENS);
const broker = new Broker({ redis: REDIS_URL });

/** In shares of 100; the rest is completed. */
const FATES = [
  ['twice', 12],
  ['twice-at-once', 8],
  ['late', 5],
  ['never', 3],
  ['wrong-token', 10],
  ['prefix-token', 10],
  ['heartbeat', 10],
] as const;
type Fate = (typeof FATES)[number][0] | 'complete';

const late: { readonly lease: Lease; readonly at: number }[] = [];
let calls = 0;
let stopping = false;

function fate(): Fate {
  let at = random() * 100;
  for (const [one, share] of FATES) {
    at -= share;
    if (at < 0) return one;
  }
  return 'complete';
}

async function claim(): Promise<readonly Lease[]> {
  const max = 1 + Math.floor(random() * 5);
  const { leases } = await broker.claim(CONTESTED, { workerId: name, max, leaseMs: LEASE_MS });
  for (const { id, token, expiresAt, attempt, crashes } of leases) {
    const start = expiresAt - LEASE_MS;
    tokens.note({ e: 'claim', id, token, worker: name, start, until: expiresAt, attempt, crashes });
  }
  return leases;
}

function run({ id, token, payload, attempt, crashes }: Lease): void {
  const wanted = wantedIn(payload);
  const intact = wanted !== null;
  const n = wanted?.n ?? -1;
  const t = monotonicMs();
  const { pid } = process;
  tokens.note({ e: 'run', id, token, intact });
  log.note({
    e: 'start',
    t,
    n,
    id,
    queue: CONTESTED,
    attempt,
    crashes,
    run: token,
    by: name,
    pid,
    intact,
  });
  log.note({ e: 'end', t, run: token, how: 'done' });
}

/** What stands twice in one call is one settlement, and is answered alike: it is written down once. */
async function settle(items: readonly Settlement[], foreign = false): Promise<void> {
  if (items.length === 0) return;
  const first = calls;
  calls += items.length;
  const isFirst = (item: Settlement, i: number): boolean => items.indexOf(item) === i;
  for (const [i, item] of items.entries()) {
    const { id, token, outcome } = item;
    if (isFirst(item, i)) tokens.note({ e: 'try', n: first + i, id, token, outcome, foreign });
  }
  const answers = await broker.settle(CONTESTED, items);
  for (const [i, answer] of answers.entries())
    tokens.note({
      e: 'answer',
      n: first + i,
      state: answer.status === 'settled' ? answer.state : null,
    });
}

async function extend({ id }: Lease, token: string): Promise<void> {
  const sent = Date.now();
  const [answer] = await broker.extend(CONTESTED, [{ id, token, leaseMs: LEASE_MS }]);
  const until = answer?.status === 'extended' ? answer.expiresAt : null;
  tokens.note({ e: 'extend', id, token, sent, until });
}

const complete = ({ id, token }: Lease, other = token): Settlement => ({
  id,
  token: other,
  outcome: 'complete',
});

/** Tries to extend and to settle by a token that was never given out; the beginning of one is not the token. */
async function tryForeign(lease: Lease, token: string): Promise<void> {
  await extend(lease, token);
  await settle([complete(lease, token)], true);
}

async function turn(): Promise<void> {
  const leases = await claim();
  const due: Settlement[] = [];
  const twice: Settlement[] = [];
  for (const lease of leases) {
    const what = fate();
    if (what === 'never') continue;
    run(lease);
    if (what === 'late') {
      late.push({ lease, at: monotonicMs() + LEASE_MS + random() * 1_500 });
      continue;
    }
    if (what === 'wrong-token') await tryForeign(lease, `wrong-${lease.token}`);
    if (what === 'prefix-token') await tryForeign(lease, lease.token.slice(0, -1));
    if (what === 'heartbeat') await extend(lease, lease.token);
    const done = complete(lease);
    due.push(done);
    if (what === 'twice-at-once') due.push(done);
    if (what === 'twice') twice.push(complete(lease));
  }
  await settle(due);
  await settle(twice);
  while (late[0] !== undefined && late[0].at <= monotonicMs()) {
    const [next] = late.splice(0, 1);
    if (next === undefined) break;
    await extend(next.lease, next.lease.token);
    await settle([complete(next.lease)]);
  }
  await new Promise((resolve) => setTimeout(resolve, leases.length === 0 ? 100 : 30));
}

process.once('SIGTERM', () => {
  stopping = true;
});
console.log('ready');
while (!stopping) {
  try {
    await turn();
  } catch (error) {
    // Redis was away for longer than the broker's deadline: what was under way has no answer in the history.
    console.log(`away: ${error instanceof Error ? error.message : String(error)}`);
  }
}
await broker.close();
