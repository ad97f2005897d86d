--[[
Purpose: make due jobs ready, in the order of their due time, then priority, then id.
ARGV: most jobs to promote.
Reply: number promoted; next due time or -1; 1 when there may be more.
Cost: O(n log N) for n promoted; at most 18 calls.
Keeps: I2, I10, I29. Repeating it is harmless.
]]
--@flags allow-oom
--@keys scheduled ready active expiry seq
--@include lib/now
--@include lib/config
--@include lib/list
--@include lib/next-due
--@include lib/stats
--@include lib/wake

local max = tonumber(ARGV[1])
local now, config = now_ms(), read_config()
local gate = read_gate(config, now)
local due = call('ZRANGE', scheduled_key, '-inf', now * 2048 + 2047, 'BYSCORE', 'LIMIT', 0, max, 'WITHSCORES')
local n = #due / 2
if n > 0 then
  count('promoted', n)
  read_stats()
  call('ZCARD', expiry_key)
  local last = call('INCRBY', seq_key, n)
  local ids, ready = {}, {}
  for i = 1, n do
    ids[i] = due[i * 2 - 1]
    push(ready, ready_score(1000 - due[i * 2] % 2048, last - n + i), ids[i])
  end
  call('ZREM', scheduled_key, unpack(ids))
  call('ZADD', ready_key, unpack(ready))
  write_stats()
  gate.ready = gate.ready + n
  wake(config, gate)
end
return { n, next_due(config), n == max and 1 or 0 }
