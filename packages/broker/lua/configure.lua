--[[
Purpose: change settings of the queue; they are in force at the next claim or enqueue.
ARGV: names and values; '' takes a setting away.
Reply: all names and values after it.
Cost: O(1); at most 10 calls.
Keeps: I15, I16, I29. Repeating it is harmless.
]]
--@flags allow-oom
--@include lib/now
--@include lib/config
--@include lib/wake

local set, unset = {}, {}
for i = 1, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    unset[#unset + 1] = ARGV[i]
  else
    set[#set + 1] = ARGV[i]
    set[#set + 1] = ARGV[i + 1]
  end
end
local now = now_ms()
local gate = read_gate({}, now)
call('HLEN', limiter_key)
call('HLEN', config_key)
if #set > 0 then
  call('HSET', config_key, unpack(set))
end
if #unset > 0 then
  call('HDEL', config_key, unpack(unset))
end
local config = read_config()
if config.rate then
  gate.tokens = bucket_tokens(config, now)
end
wake(config, gate)
return call('HGETALL', config_key)
