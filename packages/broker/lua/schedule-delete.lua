--[[
Purpose: take a schedule out, with whatever is left of a damaged one.
ARGV: name.
Reply: 1 when there was one, else 0.
Cost: O(log N); at most 7 calls.
Keeps: changes no job: what has been fired stays in its queue. Repeating it is harmless.
]]
--@flags allow-oom
--@keys schedules scheduleStates scheduleTimes scheduleNames
--@include lib/call

local id = ARGV[1]
local found = call('HGET', schedules_key, id)
call('HGET', scheduleStates_key, id)
call('ZSCORE', scheduleTimes_key, id)
call('ZREM', scheduleNames_key, id)
call('ZREM', scheduleTimes_key, id)
call('HDEL', scheduleStates_key, id)
call('HDEL', schedules_key, id)
return found and 1 or 0
