-- Takes ready jobs as far as every limit allows: looks, reads records, then removes only what it takes. The claim is
-- sacred: out of ready, into active, lease and count in one script.
--@keys ready active leases jobs state
--@include lib/call
--@include lib/number
--@include lib/histogram
--@include lib/spec

-- Enough for any batch of usual payloads; 100 payloads of 1 MiB in one call blocked Redis for 574 ms.
local MAX_BYTES = 4194304
local GROUP = 16

-- Looks at the first `n` of ready. `ids`, `records`, `scores`, `specs`, `since` (when due): what to take; `out`: how many
-- leave ready, from its head on; `left`: more than none when others stay. Writes nothing.
local function look(n, now)
  local ids, records, scores, specs, since = {}, {}, {}, {}, {}
  local found = { ids = ids, records = records, scores = scores, specs = specs, since = since, out = 0 }
  -- One more than may be taken, to see whether there is one.
  local heads = call('ZRANGE', ready_key, '0', int(n), 'WITHSCORES')
  local last, bytes, taken, match = math.min(#heads, n * 2), 0, 0, string.match
  local last_created, created_ms = nil, nil
  for from = 1, last, GROUP * 2 do
    local group, size = {}, 0
    for i = from, math.min(from + GROUP * 2 - 2, last), 2 do
      size = size + 1
      group[size] = heads[i]
    end
    local texts = call('HMGET', jobs_key, unpack(group))
    for i = 1, size do
      local record, created, due, text, spec = texts[i], nil, nil, nil, nil
      bytes = bytes + (record and #record or 0)
      if bytes > MAX_BYTES and found.out > 0 then
        found.left = #heads / 2 - found.out
        return found
      end
      if record then
        created, due, text = match(record, RECORD)
        spec = created and parse_spec(text)
      end
      if spec and created ~= last_created then
        last_created, created_ms = created, tonumber(created)
      end
      local ready_from = spec and (due == '0' and created_ms or math.max(created_ms, tonumber(due)))
      if (spec and spec.expires == 0) or rarely().consider(found, group[i], record, spec, now) then
        taken = taken + 1
        ids[taken], records[taken], scores[taken], specs[taken] = group[i], record, heads[from + i * 2 - 1], text
        since[taken] = ready_from
      end
      found.out = found.out + 1
    end
  end
  found.left = #heads / 2 - found.out
  return found
end

-- What else a claim reads and counts.
local function count_claimed(found, has_state, now)
  local ids, since, n = found.ids, found.since, #found.ids
  local states = has_state and call('HMGET', state_key, unpack(ids)) or {}
  for i = 1, n do
    local from = since[i]
    if states[i] then
      from = math.max(from, tonumber(string.match(states[i], '^%d+ %d+ %d+ (%d+)') or 0))
    end
    observe(BUCKETS.wait, now, from)
  end
  count('claimed', n)
  return states
end

-- Writes the leases; `grant` holds token, lease_ms, owner, until_text. Returns the ended ones that are still to go: a job
-- that stood in ready while it was active, against the rules, is leased anew.
local function lease_out(found, grant, now_text, ended, seen)
  local active, leases = {}, {}
  local prefix, start = grant.token .. '.', ' ' .. now_text .. ' '
  local rest = ' 0 ' .. grant.lease_ms .. ' ' .. grant.owner .. ' '
  local until_text = grant.until_text
  local ids, scores, specs = found.ids, found.scores, found.specs
  for i = 1, #ids do
    local at = i * 2
    active[at - 1], active[at] = until_text, ids[i]
    leases[at - 1], leases[at] = ids[i], prefix .. int(i) .. start .. scores[i] .. rest .. specs[i]
    if seen[ids[i]] then
      ended = rarely().without(ended, ids[i])
    end
  end
  call('ZADD', active_key, unpack(active))
  call('HSET', leases_key, unpack(leases))
  return ended
end
