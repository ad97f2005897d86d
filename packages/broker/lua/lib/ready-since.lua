-- Since when the longest waiting job has been ready. The head of each priority is the oldest of it, so one look a priority
-- is enough; with more than 32 priorities in use the rest of them, the lowest, is not looked at.
--@keys ready jobs state
--@include lib/call
--@include lib/spec

local BAND = 4398046511104

-- When a job became ready: its creation or due time, or the time that a later transition noted.
local function ready_since(id)
  local record = call('HGET', jobs_key, id)
  local created, due
  if record then
    created, due = open_record(record)
  end
  if not created then
    return nil
  end
  local state = call('HGET', state_key, id)
  local noted = state and tonumber(string.match(state, '^%d+ %d+ %d+ (%d+)')) or 0
  return math.max(created, due, noted)
end

local function oldest_ready_since()
  local oldest, from = nil, '-inf'
  for _ = 1, 32 do
    local head = call('ZRANGE', ready_key, from, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
    if not head[1] then
      break
    end
    local since = ready_since(head[1])
    if since and (not oldest or since < oldest) then
      oldest = since
    end
    from = (math.floor(head[2] / BAND) + 1) * BAND
  end
  return oldest
end
