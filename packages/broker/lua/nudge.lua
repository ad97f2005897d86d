--[[
Purpose: the wake rule alone, for the moment at which a rate limit allows work again and whoever was told is busy.
ARGV: none.
Reply: 1 when work can be claimed now, else 0.
Cost: O(1); at most 7 calls.
Keeps: I29. Repeating it is harmless.
]]
--@flags allow-oom
--@include lib/now
--@include lib/config
--@include lib/wake

local now, config = now_ms(), read_config()
local gate = read_gate(config, now)
return wake(config, gate) and 1 or 0
