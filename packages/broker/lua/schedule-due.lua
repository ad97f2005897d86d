--[[
Purpose: the schedules whose loop should have looked at them by now, those first that are late the longest.
ARGV: most schedules to name.
Reply: now; then name and time of each.
Cost: O(log N + n); at most 2 calls.
Keeps: changes nothing.
]]
--@flags no-writes
--@keys scheduleTimes
--@include lib/now

local now = now_ms()
local due = call('ZRANGE', scheduleTimes_key, '-inf', now, 'BYSCORE', 'LIMIT', 0, tonumber(ARGV[1]), 'WITHSCORES')
return { now, unpack(due) }
