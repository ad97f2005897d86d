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

-- A head that is not simply taken: without a record, with one that Relay did not write, or with an expiry. True: take it.
local function consider(found, id, record, spec, from, now)
  if not record then
    found.ghosts[#found.ghosts + 1] = id
    drop(id)
    count('ghosts')
  elseif not spec then
    -- No job, but nothing is thrown away either: it is kept among the dead letters, never run.
    to_dead(id, read_state(call('HGET', state_key, id)), 'corrupt', now)
  elseif is_expired(id, spec, from, now) then
    to_dead(id, read_state(call('HGET', state_key, id)), 'expired', now)
  end
  found.expiring[#found.expiring + 1] = id
  return record and spec and #moves.dead == found.dead
end

-- Looks at the first `n` of ready. `ids`, `records`, `scores`, `specs`, `since` (when due): what to take; `out`: how many
-- leave ready, from its head on.
local function look(n, now)
  local found = { ids = {}, records = {}, scores = {}, specs = {}, since = {}, out = 0, ghosts = {}, expiring = {}, dead = #moves.dead }
  if n <= 0 then
    return found
  end
  local ids, records, scores, specs, since = found.ids, found.records, found.scores, found.specs, found.since
  local heads, bytes, taken = call('ZRANGE', ready_key, 0, n - 1, 'WITHSCORES'), 0, 0
  for from = 1, #heads, GROUP * 2 do
    local group, size = {}, 0
    for i = from, math.min(from + GROUP * 2, #heads) - 1, 2 do
      size = size + 1
      group[size] = heads[i]
    end
    local texts = call('HMGET', jobs_key, unpack(group))
    for i = 1, size do
      local record, created, due, text, spec = texts[i], nil, nil, nil, nil
      bytes = bytes + (record and #record or 0)
      if bytes > MAX_BYTES and found.out > 0 then
        return found
      end
      if record then
        created, due, text = open_record(record)
        spec = created and parse_spec(text)
      end
      local ready_from = created and math.max(created, due)
      if (spec and spec.expires == 0) or consider(found, group[i], record, spec, ready_from, now) then
        taken = taken + 1
        ids[taken], records[taken], scores[taken], specs[taken] = group[i], record, heads[from + i * 2 - 1], text
        since[taken] = ready_from
      end
      found.dead = #moves.dead
      found.out = found.out + 1
    end
  end
  return found
end

-- Everything that a claim reads, before anything is written.
local function plan_claim(config, gate, max, now)
  local found = look(math.min(allowance(config, gate, max), gate.ready), now)
  local n = #found.ids
  found.states = n > 0 and call('HMGET', state_key, unpack(found.ids)) or {}
  for i = 1, n do
    local state = found.states[i]
    local noted = state and tonumber(string.match(state, '^%d+ %d+ %d+ (%d+)')) or 0
    observe(BUCKETS.wait, now - math.max(found.since[i], noted))
  end
  if n > 0 then
    count('claimed', n)
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
  if found.out > 0 then
    -- They are the first of ready: nothing has been written there since the look.
    call('ZREMRANGEBYRANK', ready_key, 0, found.out - 1)
    gate.ready = gate.ready - found.out
  end
  if n > 0 then
    local active, leases = {}, {}
    local prefix, start = grant.token .. '.', ' ' .. int(now) .. ' '
    local rest = ' 0 ' .. int(grant.lease_ms) .. ' ' .. grant.owner .. ' '
    local until_text = int(grant.until_ms)
    local ids, scores, specs = found.ids, found.scores, found.specs
    for i = 1, n do
      local at = i * 2
      active[at - 1], active[at] = until_text, ids[i]
      leases[at - 1], leases[at] = ids[i], prefix .. i .. start .. scores[i] .. rest .. specs[i]
    end
    call('ZADD', active_key, unpack(active))
    call('HSET', leases_key, unpack(leases))
    gate.active = gate.active + n
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
