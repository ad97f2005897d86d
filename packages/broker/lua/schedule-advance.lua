--[[
Purpose: keep how a schedule stands, unless that has changed since it was read: of those who would fire the same tick
  one may.
ARGV: name; revision that was read; state; ms at which its loop must look at it next, or '' for never.
Reply: 1; 0 when it has changed or there is none: nothing was written.
Cost: O(log N); at most 6 calls.
Keeps: I22. Repeating it is harmless: the second time the revision is another.
]]
--@flags allow-oom
--@include lib/schedule

local id, revision = ARGV[1], tonumber(ARGV[2])
if revision == 0 or revision_of(id) ~= revision or not call('HGET', schedules_key, id) then
  return 0
end
save_schedule(id, revision, ARGV[3], ARGV[4])
return 1
