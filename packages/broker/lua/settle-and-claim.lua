--[[
Purpose: end leases and take new ones, in one step for all slots of a worker. Either part may be empty.
KEYS behind the fixed ones: none, or one an item to settle, to keep its answer for ten minutes.
ARGV: seq, random seed, items to settle, most jobs to claim, lease ms, token base, owner; then two values an item, see
  lib/settle. Most jobs -1: claims none and keeps that as the outcome, so that a call with this seq that was lost on its way
  claims none either, should it still come.
Reply: outcome letters; ms until a rate limit allows more, or -1; now; deadline of the new leases; ids without a record;
  the token base (a repeated call's is the first one's); then three values a new lease: id, record, counters or nil. The token of the i-th is "<token base>.<i>".
Cost: O((n + m) log N) for n settled and m claimed; at most 48 calls, 1 for each 16 jobs looked at, 1 for
  each job that may expire, 2 for each job not fit to run, 2 for each job waited for and 2 for each answer to keep.
Keeps: I2, I4, I5, I15, I16, I17, I28, I29.
]]
--@flags allow-oom
--@keys ready active leases jobs state completed expiry limiter
--@include lib/now
--@include lib/call-record
--@include lib/config
--@include lib/settle
--@include lib/claim
--@include lib/trim
--@include lib/due
--@include lib/wake
--@rarely lib/settle-one lib/consider lib/replay lib/moves

local seq, items, max = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
local outcome, stale = recall(seq)
local now, config = now_ms(), read_config()
if stale or outcome then
  local reply = stale or rarely().replay(outcome)
  -- Behind a wait that was given up it has taken the token, which is for another then.
  wake(config, read_gate(config, now))
  return reply
end

local now_text, keep = int(now), config.completedMaxCount > 0
-- Jobs that are not kept leave nothing in `state`: mostly neither those that go nor those that come need a look there.
local has_state = keep or call('HLEN', state_key) > 0
local gate = read_gate(config, now, true, 0)
local letters, ended, seen, drops, completed, states = settle(8, items, keep, has_state, now, now_text)
gate.active = gate.active - #ended

local seals = max < 0
if seals then
  max = 0
end
if config.paused then
  max = 0
end
if config.concurrency then
  max = math.min(max, math.max(0, config.concurrency - gate.active))
end
if config.rate then
  max = math.min(max, math.floor(gate.tokens))
end
local found = look(max, now)
local ids, claimed_states = found.ids, {}
local n = #ids
if n > 0 then
  claimed_states = count_claimed(found, has_state, now)
  if items == 0 then
    call('HLEN', leases_key)
  end
end
if found.expiring then
  call('ZCARD', expiry_key)
end
local added = #completed / 2 + (rare and #rare.moves.completed / 2 or 0)
if #drops + added > 0 and found.out == 0 then
  call('HLEN', jobs_key)
end
local kept = #completed > 0 and call('ZCARD', completed_key) or 0
if rare then
  local sizes = rare.guard_moves({ state = not keep or items + n > 0, jobs = found.out > 0 })
  kept = sizes.completed or kept
  gate.ready = #rare.moves.ready / 2
else
  read_stats()
end

-- From here on it is written. New leases come before the old ones go: a key that is emptied is made anew by the next
-- write, in its smallest shape first.
local until_ms = now + tonumber(ARGV[5])
local grant = { token = ARGV[6], lease_ms = ARGV[5], owner = ARGV[7], until_text = int(until_ms) }
if n > 0 then
  ended = lease_out(found, grant, now_text, ended, seen)
end
if #ended > 0 then
  call('ZREM', active_key, unpack(ended))
  call('HDEL', leases_key, unpack(ended))
end
if found.out > 0 then
  -- They are the first of ready: nothing has been written there since the look.
  call('ZREMRANGEBYRANK', ready_key, '0', int(found.out - 1))
end
if found.expiring then
  call('ZREM', expiry_key, unpack(found.expiring))
end
if config.rate and (n > 0 or gate.tokens_at > now) then
  gate.tokens = gate.tokens - n
  call('HSET', limiter_key, 'tokens', gate.tokens, 'at', now)
end
if #drops > 0 then
  call('HDEL', jobs_key, unpack(drops))
  if has_state then
    call('HDEL', state_key, unpack(drops))
  end
elseif #completed > 0 then
  call('ZADD', completed_key, unpack(completed))
  call('HSET', state_key, unpack(states))
end
if rare then
  rare.apply_moves(config)
else
  write_stats()
end
if n > 0 then
  announce(config, until_ms)
end
if added > 0 and kept + added > config.completedMaxCount then
  trim_completed(kept, added, config.completedMaxCount)
end
local text = table.concat(letters)
for i = 1, #KEYS - fixed_keys do
  -- For clients without sessions: whoever settles again with the same token within ten minutes is answered as at first.
  if letters[i] ~= 'l' then
    call('SET', KEYS[fixed_keys + i], letters[i], 'PX', 600000)
  end
end
gate.active, gate.ready = gate.active + n, gate.ready + found.left
wake(config, gate)

local retry_after = -1
if config.rate and not config.paused and gate.tokens < 1 then
  -- How long until the bucket holds a whole token.
  retry_after = math.max(1, math.ceil((1 - gate.tokens) * config.perMs / config.rate))
end
if items > 0 or n > 0 or seals then
  remember(seq, table.concat({ text, int(retry_after), now_text, grant.until_text, grant.token, unpack(ids) }, ' '))
end
local reply = { text, retry_after, now, until_ms, found.ghosts or {}, grant.token }
local records = found.records
for i = 1, n do
  local at, state = i * 3 + 3, claimed_states[i]
  reply[at + 1] = ids[i]
  reply[at + 2] = records[i]
  reply[at + 3] = state and string.match(state, '^[^\n]*') or false
end
return reply
