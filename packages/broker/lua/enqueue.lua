--[[
Purpose: accept jobs, all of them in one step; each has its own answer.
KEYS behind the fixed ones: one a job with an idempotency key, in order; then the call record of the session of the call
  that it must not overtake, if any.
ARGV: seq, number of jobs, the seq of that call or 0, all ids of 20 characters one behind the other; then runs of jobs that have spec and options in common: how many, spec (see lib/spec, `*`
  for what the queue decides), options: '' or "<when> <key index> <window ms> <fingerprint>", when being `-` for now,
  `+<ms>` for later, `=<ms>` for a time; key index 0 for none; then a value a job: its body (header JSON, line feed,
  payload).
Reply: a letter a job, `+` behind them when the queue begins: r ready, s scheduled, d duplicate, m key used by another request, f queue full; then for each
  duplicate the id and state of the original. The error OUTOFORDER, and no change, where that other call was not carried out.
Cost: O(n log N); at most 22 calls, 2 for each idempotency key and 5 for each duplicate.
Keeps: I2, I4, I13, I14, I28, I29.
]]
--@keys ready scheduled jobs seq stats
--@include lib/now
--@include lib/number
--@include lib/call-record
--@include lib/config
--@include lib/scores
--@include lib/wake
--@rarely lib/accept

local seq, n = tonumber(ARGV[1]), tonumber(ARGV[2])
local outcome, stale = recall(seq)
if stale then
  return stale
elseif outcome then
  return rarely().words(outcome)
end
local after = tonumber(ARGV[3])
if after > 0 then
  local record = call('GET', KEYS[#KEYS])
  local last = record and string.match(record, '^(%d+)\n')
  if not last or tonumber(last) < after then
    return redis.error_reply('OUTOFORDER the call before this one has not been carried out')
  end
end

local argv, ids, now, config = ARGV, ARGV[4], now_ms(), read_config()
local now_text = int(now)
local gate = read_gate(config, now, true)
-- How many more may wait.
local places = math.huge
if config.maxReady then
  places = config.maxReady - gate.ready - call('ZCARD', scheduled_key)
end
local jobs, ready, letters, originals = {}, {}, {}, {}
local cut = string.sub
local SPEC = '^(%S+) (%S+) (%S+) (%S+ %S+ %S+) (%S+) (%S+) (.+)$'

local function accept_run(first, size, text, options)
  local priority, attempts, crashes, backoff, timeout, expires, rest = string.match(text, SPEC)
  -- The client marks with `*` what it leaves to the queue; the job keeps what held when it was accepted.
  local spec = table.concat({
    priority,
    attempts == '*' and config.maxAttempts or attempts,
    crashes == '*' and config.maxCrashes or crashes,
    backoff == '* * *' and config.backoff or backoff,
    timeout,
    expires,
    rest,
  }, ' ')
  local special = (options ~= '' or expires ~= '0') and rarely().special(options, tonumber(expires), tonumber(priority), now)
  local later = special and special.due > 0
  local head = now_text .. ' ' .. (later and int(special.due) or '0') .. ' ' .. spec .. '\n'
  local score = ready_score(tonumber(priority), 0)
  for i = first, first + size - 1 do
    local place = #letters
    local id = cut(ids, place * 20 + 1, place * 20 + 20)
    local letter = special and special.key and rare.known(special, originals) or places <= 0 and 'f'
    if not letter then
      places = places - 1
      local n = #jobs
      jobs[n + 1], jobs[n + 2] = id, head .. argv[i]
      if special then
        rare.accept(special, id)
      end
      if later then
        letter = 's'
      else
        n = #ready
        ready[n + 1], ready[n + 2] = score, id
        letter = 'r'
      end
    end
    letters[place + 1] = letter
  end
end

local at = 5
while #letters < n do
  local size = tonumber(argv[at])
  accept_run(at + 3, size, argv[at + 1], argv[at + 2])
  at = at + 3 + size
end

local reply = { table.concat(letters), unpack(originals) }
if #jobs > 0 then
  call('HLEN', jobs_key)
  local enqueued = call('HGET', stats_key, 'enqueued')
  if not enqueued then
    -- The queue begins, or begins anew after it was forgotten: it is to be registered.
    reply[1] = reply[1] .. '+'
  end
  if rare then
    rare.guard()
  end
  local count = #ready / 2
  if count > 0 then
    -- The first write, and the last call that can fail: every key written below has been read as its own type.
    local before = call('INCRBY', seq_key, int(count)) - count
    for i = 1, count do
      ready[i * 2 - 1] = int(ready[i * 2 - 1] + before + i)
    end
    call('ZADD', ready_key, unpack(ready))
    gate.ready = gate.ready + count
  end
  call('HSET', jobs_key, unpack(jobs))
  if rare then
    rare.write(config)
  end
  call('HSET', stats_key, 'enqueued', int((tonumber(enqueued or nil) or 0) + #jobs / 2))
  wake(config, gate)
end
remember(seq, table.concat(reply, ' '))
return reply
