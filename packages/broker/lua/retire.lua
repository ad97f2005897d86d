--[[
Purpose: retention: removes completed, cancelled and, only where the queue says so, dead jobs by age and count. What goes
  is counted.
ARGV: most jobs to remove.
Reply: number removed; of these dead; 1 when there may be more; ms until the next is old enough, or -1.
Cost: O(log N + n); at most 20 calls.
Keeps: I2, I4, I18, I25. Repeating it is harmless.
]]
--@flags allow-oom
--@keys config completed cancelled dead jobs state stats
--@include lib/now

local max = tonumber(ARGV[1])
local now = now_ms()
local c = call('HMGET', config_key, 'completedMaxAgeMs', 'completedMaxCount', 'deadMaxAgeMs', 'deadMaxCount')
-- "No bound" is written down as 9e15, see src/settings.ts: then nothing waits for its age.
local completed_age = tonumber(c[1] or 3600000)
completed_age = completed_age < 9e15 and completed_age or nil
-- Without a setting: an hour and a thousand of what ended well, and every dead letter for ever.
local POLICIES = {
  { key = completed_key, age = completed_age, count = tonumber(c[2] or 1000), total = 'retired' },
  { key = cancelled_key, age = completed_age, count = tonumber(c[2] or 1000), total = 'retired' },
  { key = dead_key, age = tonumber(c[3] or nil), count = tonumber(c[4] or nil), total = 'deadRemoved' },
}

local function too_many(policy)
  local excess = policy.count and call('ZCARD', policy.key) - policy.count or 0
  return excess > 0 and call('ZRANGE', policy.key, 0, math.min(excess, max) - 1) or {}
end

local function too_old(policy)
  return policy.age and call('ZRANGE', policy.key, '-inf', now - policy.age, 'BYSCORE', 'LIMIT', 0, max) or {}
end

local function retire(policy)
  local by_count, by_age = too_many(policy), too_old(policy)
  local ids = #by_count > #by_age and by_count or by_age
  if #ids > 0 then
    call('HLEN', jobs_key)
    call('HLEN', state_key)
    call('HLEN', stats_key)
    call('ZREM', policy.key, unpack(ids))
    call('HDEL', jobs_key, unpack(ids))
    call('HDEL', state_key, unpack(ids))
    call('HINCRBY', stats_key, policy.total, #ids)
  end
  return #ids
end

-- Each is read after another's writes.
for _, policy in ipairs(POLICIES) do
  call('ZCARD', policy.key)
end
local removed, dead, next_in = 0, 0, -1
for _, policy in ipairs(POLICIES) do
  local n = retire(policy)
  removed = removed + n
  max = max - n
  dead = policy.key == dead_key and n or dead
  if max <= 0 then
    return { removed, dead, 1, 0 }
  end
  local head = policy.age and call('ZRANGE', policy.key, 0, 0, 'WITHSCORES') or {}
  if head[2] then
    local left = math.max(0, tonumber(head[2]) + policy.age - now)
    next_in = next_in < 0 and left or math.min(next_in, left)
  end
end
return { removed, dead, 0, next_in }
