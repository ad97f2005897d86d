-- The settlements that are no ordinary completions.
--@keys active leases
--@include lib/moves
--@include lib/lease
--@include lib/backoff
--@offers settle_one

local COSTS = { f = 'failed', t = 'timeout', u = 'unhandled', r = 'released', c = 'completed' }
math.randomseed(tonumber(ARGV[2]))

local function settle_failed(id, lease, state, letter, data, now)
  local mode, wait, message, error_json = string.match(data, '^(%S+) (%S+)\n([^\n]*)\n(.*)$')
  if letter == 'u' then
    state.unhandled = state.unhandled + 1
    count('unhandled')
  else
    state.attempts = state.attempts + 1
    count('failed')
  end
  state.error = error_json
  add_delivery(state, COSTS[letter], lease, now, message)
  local reason = nil
  if letter == 'u' then
    reason = state.unhandled >= 100 and 'unhandled'
  elseif mode == 'never' then
    reason = 'non-retryable'
  elseif state.attempts >= lease.spec.max_attempts then
    reason = 'attempts-exhausted'
  end
  if reason then
    to_dead(id, state, reason, now)
    return 'd'
  end
  state.ready_at = now + (tonumber(wait) or backoff_ms(lease.spec, state.attempts))
  to_scheduled(id, lease.spec, state.ready_at)
  set_state(id, write_state(state))
  return 's'
end

local function settle_released(id, lease, state, wait, now)
  count('released')
  add_delivery(state, 'released', lease, now)
  local letter = 'r'
  if wait > 0 then
    state.ready_at = now + wait
    to_scheduled(id, lease.spec, state.ready_at)
    letter = 's'
  else
    state.ready_at = now
    to_ready(id, lease.score)
  end
  set_state(id, write_state(state))
  return letter
end

-- A completion of a job to which something has happened before.
local function settle_completed(id, lease, state, result, now)
  state.attempts = state.attempts + 1
  state.progress = nil
  state.result = result ~= '' and result or nil
  add_delivery(state, 'completed', lease, now)
  push(moves.completed, int(now), id)
  set_state(id, write_state(state))
  return 'c'
end

-- A cancel was asked for while it ran: whatever the outcome, it ends in cancelled.
local function settle_cancelled(id, lease, state, letter, data, now)
  if letter == 'c' or letter == 'f' or letter == 't' then
    state.attempts = state.attempts + 1
  end
  -- The data of a completion is its result, which is no message.
  add_delivery(state, 'cancelled', lease, now, letter ~= 'c' and string.match(data, '^[^\n]*\n([^\n]*)') or nil)
  to_cancelled(id, state, now)
  return 'x'
end

local function settle_one(id, text, state_text, item, now)
  local lease = open_lease(text)
  if not lease then
    return 'l'
  end
  local letter, data, state = item.letter, item.data, read_state(state_text)
  set_logs(state, item.logs)
  if lease.cancelled then
    return settle_cancelled(id, lease, state, letter, data, now)
  elseif letter == 'c' then
    return settle_completed(id, lease, state, data, now)
  elseif letter == 'r' then
    return settle_released(id, lease, state, tonumber(data), now)
  end
  return settle_failed(id, lease, state, letter, data, now)
end
