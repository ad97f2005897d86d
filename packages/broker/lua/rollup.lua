--[[
Purpose: note the totals of the queue as of this minute, kept for 25 hours: rates are the differences. Beside them, marked
  by "#", how much there is now, and since when, in ms, the oldest ready job waits; while none is ready, that is left out.
  When the note was made stands at its end. A minute in which nothing has changed is not noted: what the last note says
  still holds.
ARGV: none.
Reply: 1 when a new minute was noted, else 0.
Cost: O(log N); at most 12 calls and 3 for each priority with ready jobs up to 32.
Keeps: changes no job. Repeating it is harmless.
]]
--@flags allow-oom
--@keys stats series ready scheduled active dead jobs state
--@include lib/now
--@include lib/number
--@include lib/ready-since

local now = now_ms()
local minute = math.floor(now / 60000)
local totals = call('HGETALL', stats_key)
local gauges = { ready = ready_key, scheduled = scheduled_key, active = active_key, dead = dead_key }
local values = {}
for i = 1, #totals, 2 do
  values[#values + 1] = totals[i] .. '=' .. totals[i + 1]
end
for name, key in pairs(gauges) do
  values[#values + 1] = '#' .. name .. '=' .. int(call('ZCARD', key))
end
local since = oldest_ready_since()
if since then
  values[#values + 1] = '#oldestReadyAt=' .. int(since)
end
table.sort(values)
local text = table.concat(values, ' ')
local last = call('ZRANGE', series_key, -1, -1)[1] or ''
-- When it was noted says nothing about a change.
if #totals == 0 or (string.match(last, '^%d+ (.*) #notedAt=%d+$') or string.match(last, '^%d+ (.*)$')) == text then
  return 0
end
call('ZREMRANGEBYSCORE', series_key, minute, minute)
call('ZADD', series_key, minute, int(minute) .. ' ' .. text .. ' #notedAt=' .. int(now))
call('ZREMRANGEBYSCORE', series_key, '-inf', minute - 1500)
call('PEXPIRE', series_key, 90000000)
return 1
