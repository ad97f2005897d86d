-- Tells whoever waits for a job's end. Entries are made by those who wait, and mostly there are none.
--@keys waiters
--@include lib/call
local function read_waiters(ids)
  return #ids > 0 and call('HMGET', waiters_key, unpack(ids))
end

local function tell_waiters(waiters, ids, states)
  if not waiters then
    return
  end
  local namespace, queue = string.match(waiters_key, '^(.*):{(.*)}:waiters$')
  for i = 1, #ids do
    if waiters[i] then
      call('HDEL', waiters_key, ids[i])
      call('PUBLISH', namespace .. ':ended', queue .. ' ' .. ids[i] .. ' ' .. states[i])
    end
  end
end
