--[[
Purpose: ask to be told when a job ends, unless it has ended already.
ARGV: id.
Reply: the state that it is in now; gone.
Cost: O(log N); at most 7 calls.
Keeps: changes no job. Repeating it is harmless.
]]
--@flags allow-oom
--@keys waiters
--@include lib/call
--@include lib/locate

local state = locate(ARGV[1])
if state == 'ready' or state == 'scheduled' or state == 'active' then
  call('HSET', waiters_key, ARGV[1], '1')
end
return state
