--[[
Purpose: pause or resume the queue. A pause is in force for every claim after its answer.
ARGV: 1 to pause, 0 to resume.
Reply: 1 when that changed anything, else 0.
Cost: O(1); at most 8 calls.
Keeps: I17, I29. Repeating it is harmless.
]]
--@flags allow-oom
--@include lib/now
--@include lib/config
--@include lib/wake

local now, config = now_ms(), read_config()
local gate = read_gate(config, now)
local paused = ARGV[1] == '1'
local changed = paused ~= config.paused
if changed then
  if paused then
    call('HSET', config_key, 'paused', '1')
  else
    call('HDEL', config_key, 'paused')
  end
  config.paused = paused
end
wake(config, gate)
return changed and 1 or 0
