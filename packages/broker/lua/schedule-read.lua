--[[
Purpose: a schedule as it is, and the time.
ARGV: name of the schedule.
Reply: now; definition, or '' when there is none; state with its revision, or ''.
Cost: O(1); at most 3 calls.
Keeps: changes nothing.
]]
--@flags no-writes
--@keys schedules scheduleStates
--@include lib/now

local id = ARGV[1]
return { now_ms(), call('HGET', schedules_key, id) or '', call('HGET', scheduleStates_key, id) or '' }
