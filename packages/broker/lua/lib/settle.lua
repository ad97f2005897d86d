-- Ends leases. Each item of ARGV is four values: id, token, outcome letter and behind it log lines as JSON if any, data.
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

-- Decides what becomes of `n` items from ARGV[first] on. Returns the letters and the ids whose lease has ended.
local function settle(first, n, config, now)
  if n == 0 then
    return '', {}
  end
  local argv, ids, letters, ended, seen = ARGV, {}, {}, {}, {}
  for i = 1, n do
    ids[i] = argv[first + (i - 1) * 4]
  end
  local leases = call('HMGET', leases_key, unpack(ids))
  local states = call('HMGET', state_key, unpack(ids))
  local keep = config.completed_max_count > 0
  -- The ordinary completion, at the first delivery, is what settling mostly costs: it takes from the lease no more than
  -- it needs, and writes its state without parsing one.
  local now_text, completed, ends = int(now), 0, 0
  -- With a key an item behind the fixed ones, each answer is kept there, see `remember_settled`.
  local remembers = #KEYS > fixed_keys
  for i = 1, n do
    local at, id = first + (i - 1) * 4, ids[i]
    local token, start, cancel, owner
    if leases[i] then
      token, start, cancel, owner = string.match(leases[i], '^(%S+) (%d+) %d+ ([01]) %d+ (%S+) ')
    end
    local letter = remembers and call('GET', KEYS[fixed_keys + i])
    if not letter then
      -- The token is compared whole: a prefix of it is not it.
      letter = token ~= argv[at + 1] and 'l' or seen[id]
    end
    if not letter then
      local outcome, logs = argv[at + 2], nil
      if #outcome > 1 then
        outcome, logs = string.sub(outcome, 1, 1), string.sub(outcome, 2)
      end
      local plain = outcome == 'c' and cancel == '0'
      if plain and not keep then
        drop(id)
        letter = 'g'
      elseif plain and not states[i] and not logs then
        push(moves.completed, now_text, id)
        push(moves.state, id, '1 0 0 0\nh1 completed ' .. start .. ' ' .. now_text .. ' ' .. owner
          .. (argv[at + 3] == '' and ' ' or ' \nr' .. argv[at + 3]))
        letter = 'c'
      else
        letter = settle_one(id, leases[i], states[i], { letter = outcome, data = argv[at + 3], logs = logs }, now)
      end
      -- A damaged lease ends nothing, so nothing is counted and nobody is told.
      if letter ~= 'l' then
        if outcome ~= 'r' and outcome ~= 'u' and cancel == '0' then
          observe(BUCKETS.run, now - start)
        end
        if plain then
          completed = completed + 1
          note_end(id, 'completed')
        end
        seen[id] = letter
        ends = ends + 1
        ended[ends] = id
      end
    end
    letters[i] = letter
  end
  if completed > 0 then
    count('completed', completed)
    if not keep then
      count('retired', completed)
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

-- Completed jobs beyond the count that the queue keeps, oldest first. It goes a twentieth below that count, 50 jobs at
-- most, so that not every call has to trim; and at most 150 beyond what has just come, so that a lowered limit is worked
-- off in steps. Runs after the moves.
local function trim_completed(config, kept)
  local added, most = #moves.completed / 2, config.completed_max_count
  if added == 0 or kept + added <= most then
    return
  end
  local excess = kept + added - most + math.min(50, math.floor(most / 20))
  excess = math.min(excess, added + 150)
  local old = call('ZRANGE', completed_key, 0, excess - 1)
  call('ZREMRANGEBYRANK', completed_key, 0, excess - 1)
  call('HDEL', jobs_key, unpack(old))
  call('HDEL', state_key, unpack(old))
  call('HINCRBY', stats_key, 'retired', #old)
end
