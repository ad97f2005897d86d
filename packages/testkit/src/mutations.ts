/**
 * Faults, one each, that a change of the scripts might bring: text of a file that is replaced by another. They are made
 * in memory only. Each must match exactly once, so that a fault whose place has gone is noticed.
 */
export interface Mutation {
  readonly name: string;
  /** Path under `lua`, without its ending. */
  readonly file: string;
  readonly search: string;
  readonly replace: string;
}

const mutation = (name: string, file: string, search: string, replace: string): Mutation => ({
  name,
  file,
  search,
  replace,
});

export const MUTATIONS: readonly Mutation[] = [
  mutation(
    'settle asks for no token',
    'lib/settle',
    'if lease and find(lease, token, 1, true) == 1 then\n        start, cancel, owner = match(lease, lease_pattern, #token + 1)',
    "if lease then\n        start, cancel, owner = match(lease, lease_pattern, find(lease, ' ', 1, true))",
  ),
  mutation(
    'settle compares the beginning of a token',
    'lib/settle',
    'match(lease, lease_pattern, #token + 1)',
    "match(lease, lease_pattern, find(lease, ' ', 1, true))",
  ),
  mutation(
    'a second settlement in one batch counts',
    'lib/settle',
    "letter = not start and 'l' or seen[id]",
    "letter = not start and 'l'",
  ),
  mutation(
    'extend asks for no token',
    'extend',
    'local lease = holds(leases[i], ARGV[at + 1]) and open_lease(leases[i])',
    'local lease = leases[i] and open_lease(leases[i])',
  ),
  mutation(
    'extend forgets the timeout',
    'extend',
    'if lease.spec.timeout > 0 then',
    'if false then',
  ),
  mutation(
    'a claim forgets the lease',
    'lib/claim',
    "call('HSET', leases_key, unpack(leases))",
    "call('HLEN', leases_key)",
  ),
  mutation(
    'the reaper skips one',
    'reap',
    "local ids = call('ZRANGE', active_key, '-inf', now, 'BYSCORE', 'LIMIT', 0, max)",
    "local ids = call('ZRANGE', active_key, '-inf', now, 'BYSCORE', 'LIMIT', 1, max)",
  ),
  mutation(
    'the reaper comes a millisecond early',
    'reap',
    "local ids = call('ZRANGE', active_key, '-inf', now, 'BYSCORE'",
    "local ids = call('ZRANGE', active_key, '-inf', now + 1, 'BYSCORE'",
  ),
  mutation(
    'a crash is put back at once for ever',
    'reap',
    'elseif state.crashes > 1 then',
    'elseif false then',
  ),
  mutation(
    'one crash too many is survived',
    'reap',
    'if state.crashes > lease.spec.max_crashes then',
    'if state.crashes > lease.spec.max_crashes + 1 then',
  ),
  mutation('the reaper ignores a cancel', 'reap', 'if lease.cancelled then', 'if false then'),
  mutation(
    'the promoter runs early',
    'promote',
    "'-inf', now * 2048 + 2047, 'BYSCORE'",
    "'-inf', (now + 1000) * 2048, 'BYSCORE'",
  ),
  mutation('the promoter keeps no order', 'promote', 'last - n + i', 'last - i + 1'),
  mutation(
    'an idempotency key without its fingerprint',
    'lib/accept',
    'if print ~= job.fingerprint then',
    'if false then',
  ),
  mutation(
    'an idempotency key is not seen twice in one call',
    'lib/accept',
    'local entry = seen[key]',
    'local entry = nil',
  ),
  mutation(
    'maxReady does not count scheduled jobs',
    'enqueue',
    "places = config.maxReady - gate.ready - call('ZCARD', scheduled_key)",
    'places = config.maxReady - gate.ready',
  ),
  mutation(
    'a repeated call is carried out again',
    'lib/call-record',
    'if not record then',
    'if true then',
  ),
  mutation(
    'a late call is carried out',
    'lib/call-record',
    'if tonumber(last) > seq then',
    'if false then',
  ),
  mutation(
    'the wake token is dropped',
    'lib/wake',
    'if open and gate.woken == 0 then',
    'if false then',
  ),
  mutation(
    'the wake token stays',
    'lib/wake',
    'elseif not open and gate.woken > 0 then',
    'elseif false then',
  ),
  mutation(
    'a cancel is ignored by settle',
    'lib/lease',
    "cancelled = cancel == '1'",
    'cancelled = false',
  ),
  mutation(
    'concurrency is ignored',
    'settle-and-claim',
    'if config.concurrency then',
    'if false then',
  ),
  mutation('pause is ignored', 'settle-and-claim', 'if config.paused then', 'if false then'),
  mutation(
    'the bucket is not emptied',
    'settle-and-claim',
    'gate.tokens = gate.tokens - n',
    'gate.tokens = gate.tokens - 0',
  ),
  mutation(
    'retention keeps one too many',
    'retire',
    "call('ZCARD', policy.key) - policy.count",
    "call('ZCARD', policy.key) - policy.count - 1",
  ),
  mutation(
    'retention comes early',
    'retire',
    "'-inf', now - policy.age, 'BYSCORE'",
    "'-inf', now - policy.age + 1, 'BYSCORE'",
  ),
  mutation(
    'attempts are not counted',
    'lib/settle-one',
    "    state.attempts = state.attempts + 1\n    count('failed')",
    "    count('failed')",
  ),
  mutation(
    'never is retried',
    'lib/settle-one',
    "elseif mode == 'never' then",
    'elseif false then',
  ),
  mutation(
    'a released job goes to the end',
    'lib/settle-one',
    'to_ready(id, lease.score)',
    'to_ready(id, lease.score + 1000)',
  ),
  mutation(
    'first in is not first out',
    'enqueue',
    "call('INCRBY', seq_key, int(count)) - count",
    "call('INCRBY', seq_key, 0)",
  ),
  mutation(
    'backoff grows from its second step on',
    'lib/backoff',
    'spec.base * 2 ^ (failures - 1)',
    'spec.base * 2 ^ failures',
  ),
  mutation(
    'a changed due time leaves the expiry',
    'change',
    'if expires_at and due_at then',
    'if false then',
  ),
  mutation(
    'promoted by hand, a job expires as before',
    'lib/act',
    "if expires > 0 and call('ZSCORE', expiry_key, job.id) then",
    'if false then',
  ),
  mutation(
    'a requeue keeps the counters',
    'lib/act',
    'state.attempts, state.crashes, state.unhandled, state.reason, state.ready_at = 0, 0, 0, nil, now',
    'state.reason, state.ready_at = nil, now',
  ),
  mutation(
    'a started job may still expire',
    'settle-and-claim',
    "call('ZREM', expiry_key, unpack(found.expiring))",
    "call('ZCARD', expiry_key)",
  ),
];

/** The text of a file with its fault. */
export function mutate(text: string, { name, search, replace }: Mutation): string {
  const parts = text.split(search);
  if (parts.length !== 2)
    throw new Error(`"${name}": its text stands ${parts.length - 1} times in the file, not once`);
  return parts.join(replace);
}
