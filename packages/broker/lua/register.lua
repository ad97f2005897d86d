--[[
Purpose: note that a queue exists, outside its own slot. Done before the first enqueue and again while it is used, so
  that a lost registry heals.
ARGV: name of the queue.
Reply: 1 when it was new, else 0.
Cost: O(log N); 1 call.
Keeps: changes no queue. Repeating it is harmless.
]]
--@flags allow-oom
--@keys queues
--@include lib/call

return call('ZADD', queues_key, 0, ARGV[1])
