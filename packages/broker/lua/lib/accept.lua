-- Jobs that are not simply accepted into ready: for later, with an idempotency key, or with an expiry.
--@keys scheduled expiry
--@include lib/due
--@include lib/list
--@include lib/locate
--@include lib/scores
--@offers special known accept guard write words

local scheduled, expiry, keys, seen, earliest = {}, {}, {}, {}, nil

local function due_from(when, now)
  local sign, ms = string.sub(when, 1, 1), tonumber(string.sub(when, 2))
  local due = sign == '+' and now + ms or sign == '=' and ms or 0
  return due > now and due or 0
end

-- What the jobs of a run have in common.
local function special(options, expires, priority, now)
  local when, index, window, fingerprint = string.match(options, '^(%S+) (%d+) (%d+) (%S+)$')
  local due = when and due_from(when, now) or 0
  return {
    due = due,
    score = scheduled_score(priority, due),
    expires_at = expires > 0 and math.max(due, now) + expires,
    key = index and index ~= '0' and KEYS[fixed_keys + tonumber(index)],
    window = tonumber(window),
    fingerprint = fingerprint,
  }
end

-- Looks the key up in this call first, then in Redis. A letter when the job is settled by it.
local function known(job, originals)
  local key = job.key
  local entry = seen[key]
  if entry == nil then
    entry = call('GET', key)
  end
  if not entry then
    return nil
  end
  local print, id, state = string.match(entry, '^(%S+) (%S+) ?(%S*)$')
  if print ~= job.fingerprint then
    return 'm'
  end
  push(originals, id, state ~= '' and state or (locate(id)))
  return 'd'
end

local function accept(job, id)
  if job.due > 0 then
    push(scheduled, job.score, id)
    earliest = math.min(earliest or job.due, job.due)
  end
  if job.expires_at then
    push(expiry, job.expires_at, id)
    earliest = math.min(earliest or job.expires_at, job.expires_at)
  end
  if job.key then
    seen[job.key] = job.fingerprint .. ' ' .. id .. ' ' .. (job.due > 0 and 'scheduled' or 'ready')
    keys[#keys + 1] = { job.key, job.fingerprint .. ' ' .. id, job.window }
  end
end

-- Reads what is to be written as its own type.
local function guard()
  if #scheduled > 0 then
    call('ZCARD', scheduled_key)
  end
  if #expiry > 0 then
    call('ZCARD', expiry_key)
  end
end

local function write(config)
  if #scheduled > 0 then
    call('ZADD', scheduled_key, unpack(scheduled))
  end
  if #expiry > 0 then
    call('ZADD', expiry_key, unpack(expiry))
  end
  for i = 1, #keys do
    call('SET', keys[i][1], keys[i][2], 'PX', keys[i][3])
  end
  if earliest then
    announce(config, earliest)
  end
end

-- The words of a text: what an earlier call answered.
local function words(text)
  local list = {}
  for word in string.gmatch(text, '%S+') do
    list[#list + 1] = word
  end
  return list
end
