-- What has happened to a job, kept in `state` only for jobs to which something has happened:
--   "<attempts> <crashes> <unhandled> <readyAt>"   counters; readyAt: when it became or becomes ready again, 0 unknown
--   x<reason>                                       of the dead
--   p<progress JSON>   e<last error JSON>           single lines
--   l<number> <log JSON>                           the last lines of the last delivery that logged any
--   h<number> <outcome> <start> <end> <owner> <message>   up to 20 of them, oldest first
--   r<result>                                       last, to the end: its bytes are kept as they came
-- Lines of other letters come from a later version, which runs beside this one: they are kept.
--@include lib/number

local function read_state(text)
  local state = { attempts = 0, crashes = 0, unhandled = 0, ready_at = 0, number = 1, history = {}, others = {} }
  if not text then
    return state
  end
  local first, rest = string.match(text, '^([^\n]*)\n?(.*)$')
  local attempts, crashes, unhandled, ready_at = string.match(first, '^(%d+) (%d+) (%d+) (%d+)')
  state.attempts, state.crashes = tonumber(attempts or 0), tonumber(crashes or 0)
  state.unhandled, state.ready_at = tonumber(unhandled or 0), tonumber(ready_at or 0)
  state.number = state.attempts + state.crashes + 1
  while rest ~= '' do
    local tag = string.sub(rest, 1, 1)
    if tag == 'r' then
      state.result = string.sub(rest, 2)
      break
    end
    local line, after = string.match(rest, '^.([^\n]*)\n?(.*)$')
    if tag == 'h' then
      state.history[#state.history + 1] = line
    elseif tag == 'x' then
      state.reason = line
    elseif tag == 'p' then
      state.progress = line
    elseif tag == 'e' then
      state.error = line
    elseif tag == 'l' then
      state.logs = line
    else
      state.others[#state.others + 1] = tag .. line
    end
    rest = after
  end
  return state
end

local function write_state(state)
  local out = { int(state.attempts) .. ' ' .. int(state.crashes) .. ' ' .. int(state.unhandled) .. ' ' .. int(state.ready_at) }
  if state.reason then
    out[#out + 1] = 'x' .. state.reason
  end
  if state.progress then
    out[#out + 1] = 'p' .. state.progress
  end
  if state.error then
    out[#out + 1] = 'e' .. state.error
  end
  if state.logs then
    out[#out + 1] = 'l' .. state.logs
  end
  for i = 1, #state.others do
    out[#out + 1] = state.others[i]
  end
  for i = math.max(1, #state.history - 19), #state.history do
    out[#out + 1] = 'h' .. state.history[i]
  end
  if state.result then
    out[#out + 1] = 'r' .. state.result
  end
  return table.concat(out, '\n')
end

-- What the delivery that is under way, or ends now, logged last.
local function set_logs(state, logs)
  if logs and logs ~= '' then
    state.logs = int(state.number) .. ' ' .. logs
  end
end

-- Its number is the one that the worker was told at the claim, whether or not it has cost something since.
local function add_delivery(state, outcome, lease, now, message)
  state.history[#state.history + 1] = table.concat({ int(state.number), outcome, lease.start, int(now), lease.owner, message or '' }, ' ')
end
