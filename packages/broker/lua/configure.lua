--[[
Purpose: change settings of the queue; they are in force at the next claim or enqueue.
ARGV: the revision that the settings must still have, or ''; then names and values: '' takes a setting away.
Reply: all names and values after it, or 0 when they have another revision by now: nothing was changed then.
Cost: O(1); at most 12 calls.
Keeps: I15, I16, I29. Repeating it is harmless: what stands there already is no conflict.
]]
--@flags allow-oom
--@include lib/now
--@include lib/config
--@include lib/revision
--@include lib/wake

local set, unset = {}, {}
local stored = read_settings()
local same = true
for i = 2, #ARGV, 2 do
  local name, value = ARGV[i], ARGV[i + 1]
  if value == '' then
    unset[#unset + 1] = name
  else
    set[#set + 1] = name
    set[#set + 1] = value
  end
  same = same and (stored[name] or '') == value
end
if ARGV[1] ~= '' and not same and ARGV[1] ~= revision_of(stored) then
  return 0
end
local now = now_ms()
local gate = read_gate({}, now)
call('HLEN', limiter_key)
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
