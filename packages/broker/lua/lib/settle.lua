-- Ends leases. Each item of ARGV is four values: id, token, outcome letter, data.
--   c complete   data: the result, '' for none
--   f fail, t timeout, u unhandled   data: "<auto|never> <wait ms or -> \n<one line of message>\n<error JSON>"
--   r release    data: wait in ms, 0 for its old place
-- Answers a letter an item: c completed, g completed and not kept, s scheduled, r ready, d dead, x cancelled,
-- l lease-lost. A second settlement of one lease in the same call is answered as the first.
--@keys active leases
--@include lib/moves
--@include lib/lease
--@include lib/backoff
--@include lib/histogram

local COSTS = { f = 'failed', t = 'timeout', u = 'unhandled', r = 'released', c = 'completed' }

local function settle_failed(id, lease, state, letter, data, now)
  local mode, wait, message, error_json = string.match(data, '^(%S+) (%S+)\n([^\n]*)\n(.*)$')
  if letter == 'u' then
    state.unhandled = state.unhandled + 1
    count('unhandled')
  else
    state.attempts = state.attempts + 1
    count('failed')
  end
  if error_json and error_json ~= '' then
    state.error = error_json
  end
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
    to_ready(id, lease.score)
  end
  set_state(id, write_state(state))
  return letter
end

local function settle_completed(id, lease, state_text, result, now, keep)
  count('completed')
  note_end(id, 'completed')
  if not keep then
    drop(id)
    return 'g'
  end
  push(moves.completed, now, id)
  if state_text then
    local state = read_state(state_text)
    state.attempts = state.attempts + 1
    state.progress = nil
    state.result = result ~= '' and result or nil
    add_delivery(state, 'completed', lease, now)
    set_state(id, write_state(state))
  else
    set_state(id, '1 0 0 0\nh1 completed ' .. lease.start .. ' ' .. int(now) .. ' ' .. lease.owner .. ' '
      .. (result ~= '' and '\nr' .. result or ''))
  end
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

local function settle_one(id, lease, state_text, letter, data, now, keep)
  if lease.cancelled then
    return settle_cancelled(id, lease, read_state(state_text), letter, data, now)
  end
  if letter ~= 'r' and letter ~= 'u' then
    observe(BUCKETS.run, now - lease.start)
  end
  if letter == 'c' then
    return settle_completed(id, lease, state_text, data, now, keep)
  elseif letter == 'r' then
    return settle_released(id, lease, read_state(state_text), tonumber(data), now)
  end
  return settle_failed(id, lease, read_state(state_text), letter, data, now)
end

-- Decides what becomes of `n` items from ARGV[first] on. Returns the letters and the ids whose lease has ended.
local function settle(first, n, config, now)
  if n == 0 then
    return '', {}
  end
  local ids, letters, ended, seen = {}, {}, {}, {}
  for i = 1, n do
    ids[i] = ARGV[first + (i - 1) * 4]
  end
  local leases = call('HMGET', leases_key, unpack(ids))
  local states = call('HMGET', state_key, unpack(ids))
  local keep = config.completed_max_count > 0
  -- With a key an item behind the fixed ones, each answer is kept there, see `remember_settled`.
  local remembers = #KEYS > fixed_keys
  for i = 1, n do
    local at = first + (i - 1) * 4
    local id = ids[i]
    local kept = remembers and call('GET', KEYS[fixed_keys + i])
    if kept then
      letters[i] = kept
    elseif not holds(leases[i], ARGV[at + 1]) then
      letters[i] = 'l'
    elseif seen[id] then
      letters[i] = seen[id]
    else
      local lease = open_lease(leases[i])
      letters[i] = lease and settle_one(id, lease, states[i], ARGV[at + 2], ARGV[at + 3], now, keep) or 'l'
      if lease then
        seen[id] = letters[i]
        ended[#ended + 1] = id
      end
    end
  end
  return table.concat(letters), ended
end

-- For clients without sessions: whoever settles again with the same token within ten minutes is answered as at first.
local function remember_settled(letters)
  for i = 1, #KEYS - fixed_keys do
    local letter = string.sub(letters, i, i)
    if letter ~= 'l' then
      call('SET', KEYS[fixed_keys + i], letter, 'PX', 600000)
    end
  end
end

-- Completed jobs beyond the count that the queue keeps, oldest first; at most as many more as have just come, so that a
-- lowered limit is worked off in steps. Runs after the moves.
local function trim_completed(config, kept)
  local added = #moves.completed / 2
  local excess = math.min(kept + added - config.completed_max_count, added + 100)
  if added == 0 or excess <= 0 then
    return
  end
  local old = call('ZRANGE', completed_key, 0, excess - 1)
  call('ZREM', completed_key, unpack(old))
  call('HDEL', jobs_key, unpack(old))
  call('HDEL', state_key, unpack(old))
end
