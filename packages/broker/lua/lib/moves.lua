-- Collects where jobs go, and carries it out in a few variadic calls: every write of a transition comes after the last
-- thing that can fail. `guard` makes sure of that: it touches, as its own type, each key that will be written.
--@keys ready scheduled jobs state completed cancelled dead stats
--@include lib/call
--@include lib/due
--@include lib/list
--@include lib/scores
--@include lib/state
--@include lib/stats
--@include lib/waiters
--@offers moves note_end guard_moves apply_moves
local moves = { ready = {}, scheduled = {}, completed = {}, cancelled = {}, dead = {}, state = {}, drop = {} }
local zsets = { ready = ready_key, scheduled = scheduled_key, completed = completed_key, cancelled = cancelled_key, dead = dead_key }
local earliest_due = nil
-- Jobs that reach a terminal state, for those who wait for that: noted only if anybody waits for any.
local ended_ids, ended_states, anybody_waits, waiting = {}, {}, nil, nil

local function note_end(id, state)
  if anybody_waits == nil then
    anybody_waits = call('HLEN', waiters_key) > 0
  end
  if anybody_waits then
    ended_ids[#ended_ids + 1] = id
    ended_states[#ended_ids] = state
  end
end

local function to_ready(id, score)
  push(moves.ready, score, id)
end

local function to_scheduled(id, spec, due)
  push(moves.scheduled, scheduled_score(spec.priority, due), id)
  if not earliest_due or due < earliest_due then
    earliest_due = due
  end
end

local function to_dead(id, state, reason, now)
  state.reason = reason
  push(moves.dead, now, id)
  push(moves.state, id, write_state(state))
  count('dead')
  note_end(id, 'dead')
end

local function to_cancelled(id, state, now)
  push(moves.cancelled, now, id)
  push(moves.state, id, write_state(state))
  count('cancelled')
  note_end(id, 'cancelled')
end

local function set_state(id, text)
  push(moves.state, id, text)
end

-- Removes record and state of a job that has left every structure.
local function drop(id)
  moves.drop[#moves.drop + 1] = id
end

-- The last thing before the first write. `read`: names of hashes that the script has read already. Returns the sizes of
-- the structures that will grow, by name.
local function guard_moves(read)
  waiting = read_waiters(ended_ids)
  read_stats()
  if #moves.state + #moves.drop > 0 and not read.state then
    call('HLEN', state_key)
  end
  if #moves.drop > 0 and not read.jobs then
    call('HLEN', jobs_key)
  end
  local sizes = {}
  for name, key in pairs(zsets) do
    if #moves[name] > 0 then
      sizes[name] = call('ZCARD', key)
    end
  end
  return sizes
end

local function apply_moves(config)
  for name, key in pairs(zsets) do
    if #moves[name] > 0 then
      call('ZADD', key, unpack(moves[name]))
    end
  end
  if #moves.state > 0 then
    call('HSET', state_key, unpack(moves.state))
  end
  if #moves.drop > 0 then
    call('HDEL', jobs_key, unpack(moves.drop))
    call('HDEL', state_key, unpack(moves.drop))
  end
  if earliest_due then
    announce(config, earliest_due)
  end
  write_stats()
  tell_waiters(waiting, ended_ids, ended_states)
end
