--[[
Purpose: counts by state, totals, and the age of the longest waiting ready job.
ARGV: none.
Reply: paused 0 or 1; ready, scheduled, active, completed, dead, cancelled; oldest ready age in ms or -1; the time, in ms;
  then field and value of each total.
Cost: O(log N); at most 10 calls and 3 for each priority with ready jobs up to 32.
Keeps: changes nothing.
]]
--@flags no-writes
--@keys config ready scheduled active completed dead cancelled jobs state stats
--@include lib/now
--@include lib/ready-since

local now = now_ms()
local paused = call('HGET', config_key, 'paused') == '1'
local reply = { paused and 1 or 0 }
for i, key in ipairs({ ready_key, scheduled_key, active_key, completed_key, dead_key, cancelled_key }) do
  reply[i + 1] = call('ZCARD', key)
end
local since = oldest_ready_since()
reply[8] = since and math.max(0, now - since) or -1
reply[9] = now
local totals = call('HGETALL', stats_key)
for i = 1, #totals do
  reply[9 + i] = totals[i]
end
return reply
