--[[
Purpose: ask a worker to claim no more, or take that back; it is told at its next sign of life.
ARGV: id, 1 or 0.
Reply: 1, or 0 when there is no such worker.
Cost: O(1); at most 2 calls.
Keeps: changes no queue. Repeating it is harmless.
]]
--@flags allow-oom
--@keys members
--@include lib/call

local entry = call('HGET', members_key, ARGV[1])
if not entry then
  return 0
end
call('HSET', members_key, ARGV[1], (string.gsub(entry, '^(%d+) [01] ', '%1 ' .. ARGV[2] .. ' ', 1)))
return 1
