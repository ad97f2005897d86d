-- The earliest time at which the queue needs a background loop: of its scheduled jobs, its leases and its expiries.
-- Stored as known to the loops, whose script runs this; -1 when there is nothing to wait for.
--@keys config scheduled active expiry
--@include lib/call
--@include lib/scores
local function head_score(key)
  local head = call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return tonumber(head[2] or nil)
end

local function next_due(config)
  local due = head_score(active_key)
  local expiry = head_score(expiry_key)
  local scheduled = head_score(scheduled_key)
  if expiry and (not due or expiry < due) then
    due = expiry
  end
  if scheduled and (not due or due_of(scheduled) < due) then
    due = due_of(scheduled)
  end
  if due ~= config.due then
    if due then
      call('HSET', config_key, 'due', due)
    else
      call('HDEL', config_key, 'due')
    end
  end
  return due or -1
end
