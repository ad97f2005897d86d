--[[
Purpose: what a background loop must know of queues that it does not visit: when each needs one next, and how many jobs
  it has accepted. The one script for many queues: on a server that stands alone.
KEYS: config and stats of the first queue, then of the next.
ARGV: none.
Reply: for each queue the due time and the jobs accepted, each false where nothing is noted.
Cost: O(n); at most 2 calls and 2 for each further queue.
Keeps: changes nothing.
]]
--@flags no-writes
--@keys config stats
--@include lib/call

local reply = {}
for i = 1, #KEYS, fixed_keys do
  reply[i] = call('HGET', KEYS[i], 'due')
  reply[i + 1] = call('HGET', KEYS[i + 1], 'enqueued')
end
return reply
