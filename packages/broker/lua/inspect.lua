--[[
Purpose: what a doctor asks of a queue, read at one instant: does the wake token agree with what can be claimed, does
  every job have a record and a place, and how late are the background loops.
ARGV: none.
Reply: now ms; wake tokens; 1 when a claim could take a job now, else 0; 1 when a rate is set, else 0; ids in all
  places; records; ids in active; leases; due ms of the earliest scheduled job or -1; deadline ms of the lease that ends
  first or -1.
Cost: O(log N); at most 16 calls.
Keeps: changes nothing.
]]
--@flags no-writes
--@keys ready scheduled active completed dead cancelled jobs leases wake
--@include lib/now
--@include lib/config
--@include lib/limits

local DUE_UNIT = 2048

local function first_score(key)
  local head = call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return tonumber(head[2] or -1)
end

local now, config = now_ms(), read_config()
local ready, active = call('ZCARD', ready_key), call('ZCARD', active_key)
local open = not config.paused and ready > 0 and (not config.concurrency or active < config.concurrency)
if open and config.rate then
  open = bucket_tokens(config, now) >= 1
end
local placed = ready + active
for _, key in ipairs({ scheduled_key, completed_key, dead_key, cancelled_key }) do
  placed = placed + call('ZCARD', key)
end
local due = first_score(scheduled_key)
return {
  now,
  call('LLEN', wake_key),
  open and 1 or 0,
  config.rate and 1 or 0,
  placed,
  call('HLEN', jobs_key),
  active,
  call('HLEN', leases_key),
  due < 0 and -1 or math.floor(due / DUE_UNIT),
  first_score(active_key),
}
