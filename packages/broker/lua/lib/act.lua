-- What an operator does to single jobs. Each action decides and collects; `apply_acts` writes.
-- Answers the state that the job is in after it, or `!` and the state that forbids it; `gone` for no job.
--@keys ready scheduled active dead completed cancelled jobs leases expiry seq
--@include lib/moves
--@include lib/locate
--@include lib/spec

local KEYS_OF = { ready = ready_key, scheduled = scheduled_key, completed = completed_key, dead = dead_key, cancelled = cancelled_key }
local leaving = { ready = {}, scheduled = {}, completed = {}, dead = {}, cancelled = {} }
local flagged, records, unexpire, expiring = {}, {}, {}, {}
-- Ids that become ready behind all others of their priority.
local fresh_ids, fresh_priorities = {}, {}

local function leave(place, id)
  leaving[place][#leaving[place] + 1] = id
  if place == 'ready' or place == 'scheduled' then
    unexpire[#unexpire + 1] = id
  end
end

-- What may still expire does so counted from its new due time.
local function expire_from(id, at, expires)
  push(expiring, at + expires, id)
  earliest_due = math.min(earliest_due or at + expires, at + expires)
end

local function become_ready(id, priority)
  fresh_ids[#fresh_ids + 1] = id
  fresh_priorities[#fresh_ids] = priority
end

-- The record with another due time, spec or payload.
local function rewrite(id, created, due, spec_text, rest)
  push(records, id, int(created) .. ' ' .. int(due) .. ' ' .. spec_text .. '\n' .. rest)
end

local function after_first_line(record)
  return string.match(record, '^[^\n]*\n(.*)$')
end

local function cancel(job, now)
  if job.place == 'active' then
    local lease = call('HGET', leases_key, job.id)
    if lease then
      push(flagged, job.id, (string.gsub(lease, '^(%S+ %d+ %d+) [01] ', '%1 1 ', 1)))
      if job.reason ~= '' then
        local state = read_state(job.state)
        state.error = job.reason
        set_state(job.id, write_state(state))
      end
    end
    return 'active'
  elseif job.place ~= 'ready' and job.place ~= 'scheduled' then
    return '!' .. job.place
  end
  local state = read_state(job.state)
  if job.reason ~= '' then
    state.error = job.reason
  end
  leave(job.place, job.id)
  to_cancelled(job.id, state, now)
  return 'cancelled'
end

-- Dead to ready: the counters begin anew, the history stays. `job.payload` takes the place of the old one.
local function retry(job, now)
  if job.place ~= 'dead' then
    return '!' .. job.place
  end
  local created, due, text = open_record(job.record)
  if not created then
    return '!corrupt'
  end
  local state = read_state(job.state)
  state.attempts, state.crashes, state.unhandled, state.reason, state.ready_at = 0, 0, 0, nil, now
  set_state(job.id, write_state(state))
  leave('dead', job.id)
  become_ready(job.id, parse_spec(text).priority)
  count('requeued')
  if job.payload then
    push(records, job.id, string.match(job.record, '^[^\n]*\n[^\n]*\n') .. job.payload)
  end
  return 'ready'
end

local function delete(job)
  if job.place == 'active' then
    return '!active'
  end
  leave(job.place, job.id)
  drop(job.id)
  note_end(job.id, 'deleted')
  if job.place == 'ready' or job.place == 'scheduled' then
    count('deleted')
  elseif job.place == 'dead' then
    count('deadRemoved')
  else
    count('retired')
  end
  return 'deleted'
end

local function promote(job, now)
  if job.place ~= 'scheduled' then
    return '!' .. job.place
  end
  -- Not by `leave`: it has not been started, so it may still expire.
  leaving.scheduled[#leaving.scheduled + 1] = job.id
  become_ready(job.id, 1000 - job.score % 2048)
  local created, due, text = open_record(job.record)
  if created and due > now then
    rewrite(job.id, created, now, text, after_first_line(job.record))
    local expires = parse_spec(text).expires
    if expires > 0 and call('ZSCORE', expiry_key, job.id) then
      expire_from(job.id, now, expires)
    end
  end
  local state = job.state and read_state(job.state)
  if state and state.ready_at > now then
    state.ready_at = now
    set_state(job.id, write_state(state))
  end
  count('promoted')
  return 'ready'
end

local ACTIONS = { cancel = cancel, retry = retry, delete = delete, promote = promote }

-- Reads on the way so that no write can fail.
local function guard_acts()
  call('HLEN', jobs_key)
  call('HLEN', leases_key)
  call('ZCARD', expiry_key)
  call('GET', seq_key)
  for name, key in pairs(KEYS_OF) do
    if #leaving[name] > 0 then
      call('ZCARD', key)
    end
  end
  guard_moves({})
end

local function apply_acts(config, gate)
  if #fresh_ids > 0 then
    local last = call('INCRBY', seq_key, #fresh_ids)
    for i = 1, #fresh_ids do
      to_ready(fresh_ids[i], ready_score(fresh_priorities[i], last - #fresh_ids + i))
    end
  end
  for name, key in pairs(KEYS_OF) do
    if #leaving[name] > 0 then
      call('ZREM', key, unpack(leaving[name]))
    end
  end
  if #unexpire > 0 then
    call('ZREM', expiry_key, unpack(unexpire))
  end
  if #expiring > 0 then
    call('ZADD', expiry_key, unpack(expiring))
  end
  if #flagged > 0 then
    call('HSET', leases_key, unpack(flagged))
  end
  if #records > 0 then
    call('HSET', jobs_key, unpack(records))
  end
  apply_moves(config)
  gate.ready = gate.ready - #leaving.ready + #moves.ready / 2
end
