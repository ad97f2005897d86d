--[[
Purpose: act upon expired leases: back to ready at the first crash, scheduled at random at later ones, dead beyond the
  crash budget; a failed attempt when the job ran past its timeout; cancelled when that was asked for.
ARGV: most leases to act upon, random seed.
Reply: number reaped; of these ready, scheduled, dead, cancelled; next due time or -1; 1 when there may be more; ids
  without a record or lease.
Cost: O(n log N) for n reaped; at most 37 calls, 1 for each damaged lease and 2 for each job
  waited for.
Keeps: I2, I5, I8, I9, I12, I18, I29. Repeating it is harmless.
]]
--@flags allow-oom
--@keys active leases expiry jobs
--@include lib/now
--@include lib/config
--@include lib/moves
--@include lib/lease
--@include lib/backoff
--@include lib/next-due
--@include lib/wake

local max = tonumber(ARGV[1])
math.randomseed(tonumber(ARGV[2]))
local now, config = now_ms(), read_config()
local gate = read_gate(config, now)
local ids = call('ZRANGE', active_key, '-inf', now, 'BYSCORE', 'LIMIT', 0, max)
local outcomes, ghosts = { ready = 0, scheduled = 0, dead = 0, cancelled = 0 }, {}

local function went(outcome)
  outcomes[outcome] = outcomes[outcome] + 1
end

local function bury(id, state, reason)
  to_dead(id, state, reason, now)
  went('dead')
end

local function reschedule(id, lease, state, wait)
  state.ready_at = now + wait
  to_scheduled(id, lease.spec, state.ready_at)
  set_state(id, write_state(state))
  went('scheduled')
end

local function time_out(id, lease, state)
  state.attempts = state.attempts + 1
  state.error = '{"name":"TimeoutError","message":"The job ran past its timeoutMs and its worker did not end it."}'
  count('failed')
  add_delivery(state, 'timeout', lease, now, 'ran past its timeoutMs')
  if state.attempts >= lease.spec.max_attempts then
    return bury(id, state, 'attempts-exhausted')
  end
  reschedule(id, lease, state, backoff_ms(lease.spec, state.attempts))
end

local function crash(id, lease, state)
  state.crashes = state.crashes + 1
  state.error = '{"name":"LeaseExpired","message":"The lease of worker ' .. lease.owner .. ' expired before it settled the job."}'
  count('crashed')
  add_delivery(state, 'crashed', lease, now, 'the lease expired')
  if state.crashes > lease.spec.max_crashes then
    return bury(id, state, 'crashed')
  elseif state.crashes > 1 then
    return reschedule(id, lease, state, crash_ms(lease.lease_ms, state.crashes))
  end
  state.ready_at = now
  to_ready(id, lease.score)
  set_state(id, write_state(state))
  went('ready')
end

local function reap_one(id, lease, state)
  if lease.cancelled then
    add_delivery(state, 'cancelled', lease, now, 'the lease expired')
    to_cancelled(id, state, now)
    went('cancelled')
  elseif lease.spec.timeout > 0 and now >= tonumber(lease.start) + lease.spec.timeout + 5000 then
    time_out(id, lease, state)
  else
    crash(id, lease, state)
  end
end

if #ids > 0 then
  local leases = call('HMGET', leases_key, unpack(ids))
  local states = call('HMGET', state_key, unpack(ids))
  call('HLEN', jobs_key)
  for i = 1, #ids do
    local lease = leases[i] and open_lease(leases[i])
    local record = lease and 1 or call('HEXISTS', jobs_key, ids[i])
    if lease then
      reap_one(ids[i], lease, read_state(states[i]))
    elseif record == 1 then
      -- Its lease is damaged, so nobody can settle it: an operator shall look.
      bury(ids[i], read_state(states[i]), 'corrupt')
    else
      ghosts[#ghosts + 1] = ids[i]
      drop(ids[i])
      count('ghosts')
    end
  end
  guard_moves({})
  -- Read after the writes, for the next due time.
  call('ZCARD', scheduled_key)
  call('ZCARD', expiry_key)
  call('ZREM', active_key, unpack(ids))
  call('HDEL', leases_key, unpack(ids))
  apply_moves(config)
  gate.active = gate.active - #ids
  gate.ready = gate.ready + #moves.ready / 2
  wake(config, gate)
end
local reaped = #ids - #ghosts
return { reaped, outcomes.ready, outcomes.scheduled, outcomes.dead, outcomes.cancelled, next_due(config), #ids == max and 1 or 0, ghosts }
