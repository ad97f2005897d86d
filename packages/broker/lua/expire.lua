--[[
Purpose: to the dead letters with what was not started within its expiresInMs.
ARGV: most jobs to look at.
Reply: number expired; next due time or -1; 1 when there may be more.
Cost: O(n log N); at most 28 calls and 3 a job.
Keeps: I2, I20, I29. Repeating it is harmless.
]]
--@flags allow-oom
--@include lib/now
--@include lib/config
--@include lib/act
--@include lib/next-due
--@include lib/wake

local max = tonumber(ARGV[1])
local now, config = now_ms(), read_config()
local gate = read_gate(config, now)
local ids = call('ZRANGE', expiry_key, '-inf', now, 'BYSCORE', 'LIMIT', 0, max)
local expired = 0
for i = 1, #ids do
  local place = call('ZSCORE', ready_key, ids[i]) and 'ready' or call('ZSCORE', scheduled_key, ids[i]) and 'scheduled'
  if place then
    leave(place, ids[i])
    to_dead(ids[i], read_state(call('HGET', state_key, ids[i])), 'expired', now)
    expired = expired + 1
  else
    unexpire[#unexpire + 1] = ids[i]
  end
end
if #ids > 0 then
  guard_acts()
  -- Read after the writes, for the next due time.
  call('ZCARD', scheduled_key)
  apply_acts(config, gate)
  wake(config, gate)
end
return { expired, next_due(config), #ids == max and 1 or 0 }
