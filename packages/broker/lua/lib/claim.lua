-- Takes ready jobs as far as every limit allows: looks, reads records, then removes only what it takes. The claim is
-- sacred: out of ready, into active, lease and count in one script.
--@keys ready active leases jobs state expiry limiter
--@include lib/moves
--@include lib/lease
--@include lib/limits
--@include lib/histogram
--@include lib/number

-- Enough for any batch of usual payloads; 100 payloads of 1 MiB in one call blocked Redis for 574 ms.
local MAX_BYTES = 4194304
local GROUP = 16

local function allowance(config, gate, max)
  if config.paused then
    return 0
  end
  if config.concurrency then
    max = math.min(max, math.max(0, config.concurrency - gate.active))
  end
  if config.rate then
    max = math.min(max, math.floor(gate.tokens))
  end
  return max
end

-- Expiry counts until the first start only: a job that has been started is no longer in `expiry`.
local function is_expired(id, spec, from, now)
  return spec.expires > 0 and from + spec.expires < now and call('ZSCORE', expiry_key, id)
end

-- Decides about one head of the queue.
local function consider(found, id, score, record, now)
  local created, due, text
  if record then
    created, due, text = open_record(record)
  end
  found.out[#found.out + 1] = id
  if not record then
    found.ghosts[#found.ghosts + 1] = id
    found.expiring[#found.expiring + 1] = id
    drop(id)
    count('ghosts')
  elseif not created then
    -- A record that Relay did not write is no job: it is kept among the dead letters, never run.
    found.expiring[#found.expiring + 1] = id
    to_dead(id, read_state(call('HGET', state_key, id)), 'corrupt', now)
  else
    local spec = parse_spec(text)
    if spec.expires > 0 then
      found.expiring[#found.expiring + 1] = id
    end
    if is_expired(id, spec, math.max(created, due), now) then
      to_dead(id, read_state(call('HGET', state_key, id)), 'expired', now)
    else
      local n = #found.ids + 1
      found.ids[n], found.records[n], found.scores[n], found.specs[n] = id, record, score, text
      found.since[n] = math.max(created, due)
    end
  end
end

-- Looks at the first `n` of ready. `ids`, `records`, `scores`, `specs`, `since` (when due): what to take; `out`: all that leave ready.
local function look(n, now)
  local found = { ids = {}, records = {}, scores = {}, specs = {}, since = {}, out = {}, ghosts = {}, expiring = {} }
  if n <= 0 then
    return found
  end
  local heads, bytes = call('ZRANGE', ready_key, 0, n - 1, 'WITHSCORES'), 0
  for from = 1, #heads, GROUP * 2 do
    local ids = {}
    for i = from, math.min(from + GROUP * 2, #heads) - 1, 2 do
      ids[#ids + 1] = heads[i]
    end
    local records = call('HMGET', jobs_key, unpack(ids))
    for i = 1, #ids do
      bytes = bytes + (records[i] and #records[i] or 0)
      if bytes > MAX_BYTES and #found.out > 0 then
        return found
      end
      consider(found, ids[i], heads[from + i * 2 - 1], records[i], now)
    end
  end
  return found
end

-- Everything that a claim reads, before anything is written.
local function plan_claim(config, gate, max, now)
  local found = look(math.min(allowance(config, gate, max), gate.ready), now)
  found.states = #found.ids > 0 and call('HMGET', state_key, unpack(found.ids)) or {}
  if #found.ids > 0 then
    call('HLEN', leases_key)
  end
  if #found.expiring > 0 then
    call('ZCARD', expiry_key)
  end
  return found
end

-- Writes the claim; `grant` holds token, lease_ms, owner, until_ms.
local function apply_claim(found, grant, config, gate, now)
  local n = #found.ids
  if #found.out > 0 then
    call('ZREM', ready_key, unpack(found.out))
    gate.ready = gate.ready - #found.out
  end
  if n > 0 then
    local active, leases = {}, {}
    local prefix, start = grant.token .. '.', ' ' .. int(now) .. ' '
    local rest = ' 0 ' .. int(grant.lease_ms) .. ' ' .. grant.owner .. ' '
    for i = 1, n do
      local noted = found.states[i] and tonumber(string.match(found.states[i], '^%d+ %d+ %d+ (%d+)')) or 0
      observe(BUCKETS.wait, now - math.max(found.since[i], noted))
      push(active, grant.until_ms, found.ids[i])
      push(leases, found.ids[i], prefix .. i .. start .. found.scores[i] .. rest .. found.specs[i])
    end
    call('ZADD', active_key, unpack(active))
    call('HSET', leases_key, unpack(leases))
    gate.active = gate.active + n
    count('claimed', n)
    announce(config, grant.until_ms)
  end
  if #found.expiring > 0 then
    call('ZREM', expiry_key, unpack(found.expiring))
  end
  if config.rate and (n > 0 or gate.tokens_at > now) then
    gate.tokens = gate.tokens - n
    call('HSET', limiter_key, 'tokens', gate.tokens, 'at', now)
  end
end
