--[[
Purpose: make a schedule or define it anew, unless it has changed since it was read.
ARGV: name; revision that was read, 0 for none; definition; state; ms at which its loop must look at it, or '' for never;
  revision before its own: that read, or any for a new one.
Reply: 1; 0 when it has changed: nothing was written.
Cost: O(log N); at most 9 calls.
Keeps: I22. Repeating it is harmless: the second time the revision is another.
]]
--@keys scheduleNames
--@include lib/schedule

local id, revision = ARGV[1], tonumber(ARGV[2])
if revision_of(id) ~= revision then
  return 0
end
call('HGET', schedules_key, id)
call('ZSCORE', scheduleNames_key, id)
save_schedule(id, tonumber(ARGV[6]), ARGV[4], ARGV[5])
call('HSET', schedules_key, id, ARGV[3])
call('ZADD', scheduleNames_key, 0, id)
return 1
