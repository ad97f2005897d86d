--[[
Purpose: accept jobs, all of them in one step; each has its own answer.
KEYS behind the fixed ones: one a job with an idempotency key, in order.
ARGV: seq, number of jobs; then four values a job: id, spec (see lib/spec, `*` for what the queue decides), body (header
  JSON, line feed, payload), options: '' or "<when> <key index> <window ms> <fingerprint>", when being `-` for now,
  `+<ms>` for later, `=<ms>` for a time; key index 0 for none.
Reply: a letter a job, `+` behind them when the queue begins: r ready, s scheduled, d duplicate, m key used by another request, f queue full; then for each
  duplicate the id and state of the original.
Cost: O(n log N); at most 21 calls, 2 for each idempotency key and 5 for each duplicate.
Keeps: I2, I4, I13, I14, I28, I29.
]]
--@keys ready scheduled jobs expiry seq
--@include lib/now
--@include lib/number
--@include lib/call-record
--@include lib/config
--@include lib/list
--@include lib/locate
--@include lib/scores
--@include lib/spec
--@include lib/due
--@include lib/stats
--@include lib/wake

local seq, n = tonumber(ARGV[1]), tonumber(ARGV[2])
local outcome, stale = recall(seq)
if stale then
  return stale
elseif outcome then
  return cjson.decode(outcome)
end

local now, config = now_ms(), read_config()
local gate = read_gate(config, now)
local scheduled_count = call('ZCARD', scheduled_key)
local jobs, ready, scheduled, expiry, keys = {}, {}, {}, {}, {}
local letters, originals = {}, {}
local seen, ready_ids, ready_specs, earliest = {}, {}, {}, nil

-- The client marks with `*` what it leaves to the queue; the job keeps what held when it was accepted.
local resolved = {}
local function resolve(text)
  if not resolved[text] then
    local priority, attempts, crashes, backoff, rest = string.match(text, '^(%S+) (%S+) (%S+) (%S+ %S+ %S+) (.+)$')
    if backoff == '* * *' then
      backoff = config.backoff
    end
    resolved[text] = table.concat({
      priority,
      attempts == '*' and config.max_attempts or attempts,
      crashes == '*' and config.max_crashes or crashes,
      backoff,
      rest,
    }, ' ')
  end
  return resolved[text]
end

-- Looks the key up in this call first, then in Redis. True when the job is settled by it.
local function is_known(key, fingerprint)
  local entry = seen[key]
  if entry == nil then
    entry = call('GET', key)
  end
  if not entry then
    return nil
  end
  local print, id, state = string.match(entry, '^(%S+) (%S+) ?(%S*)$')
  if print ~= fingerprint then
    return 'm'
  end
  push(originals, id, state ~= '' and state or (locate(id)))
  return 'd'
end

local function due_from(when)
  local sign, ms = string.sub(when, 1, 1), tonumber(string.sub(when, 2))
  local due = sign == '+' and now + ms or sign == '=' and ms or 0
  return due > now and due or 0
end

local function accept(at)
  local id, spec_text, options = ARGV[at], resolve(ARGV[at + 1]), ARGV[at + 3]
  local due, key, window, fingerprint = 0, nil, nil, nil
  if options ~= '' then
    local when, index, ms, print = string.match(options, '^(%S+) (%d+) (%d+) (%S+)$')
    due = due_from(when)
    if index ~= '0' then
      key, window, fingerprint = KEYS[fixed_keys + tonumber(index)], tonumber(ms), print
      local letter = is_known(key, fingerprint)
      if letter then
        return letter
      end
    end
  end
  if config.max_ready and gate.ready + scheduled_count + (#jobs / 2) >= config.max_ready then
    return 'f'
  end
  local spec = parse_spec(spec_text)
  push(jobs, id, int(now) .. ' ' .. int(due) .. ' ' .. spec_text .. '\n' .. ARGV[at + 2])
  if due > 0 then
    push(scheduled, scheduled_score(spec.priority, due), id)
    earliest = math.min(earliest or due, due)
  else
    ready_ids[#ready_ids + 1] = id
    ready_specs[#ready_ids] = spec
  end
  if spec.expires > 0 then
    push(expiry, math.max(due, now) + spec.expires, id)
    earliest = math.min(earliest or expiry[#expiry - 1], expiry[#expiry - 1])
  end
  if key then
    seen[key] = fingerprint .. ' ' .. id .. ' ' .. (due > 0 and 'scheduled' or 'ready')
    keys[#keys + 1] = { key, fingerprint .. ' ' .. id, window }
  end
  return due > 0 and 's' or 'r'
end

for i = 1, n do
  letters[i] = accept(3 + (i - 1) * 4)
end

local reply = { table.concat(letters), unpack(originals) }
if #jobs > 0 then
  call('HLEN', jobs_key)
  count('enqueued', #jobs / 2)
  if not read_stats().enqueued then
    -- The queue begins, or begins anew after it was forgotten: it is to be registered.
    reply[1] = reply[1] .. '+'
  end
  if #expiry > 0 then
    call('ZCARD', expiry_key)
  end
  if #ready_ids > 0 then
    -- The first write, and the last call that can fail: every key written below has been read as its own type.
    local last = call('INCRBY', seq_key, #ready_ids)
    for i = 1, #ready_ids do
      push(ready, ready_score(ready_specs[i].priority, last - #ready_ids + i), ready_ids[i])
    end
    call('ZADD', ready_key, unpack(ready))
    gate.ready = gate.ready + #ready_ids
  end
  call('HSET', jobs_key, unpack(jobs))
  if #scheduled > 0 then
    call('ZADD', scheduled_key, unpack(scheduled))
  end
  if #expiry > 0 then
    call('ZADD', expiry_key, unpack(expiry))
  end
  for i = 1, #keys do
    call('SET', keys[i][1], keys[i][2], 'PX', keys[i][3])
  end
  write_stats()
  if earliest then
    announce(config, earliest)
  end
  wake(config, gate)
end
remember(seq, cjson.encode(reply))
return reply
