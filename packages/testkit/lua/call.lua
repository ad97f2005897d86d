-- Takes the place of the broker's lib/call in tests. It holds each script to what its file promises:
--   every key is declared; no call after the first write can fail, because its key was read as its own type before;
--   the number of calls of a run is noted; and the n-th call of a script can be made to fail.
-- What it is told and what it notes is in the hash `relay-test`.
local TEST = 'relay-test'
local FAMILY = { Z = 'zset', H = 'hash', L = 'list', R = 'list', G = 'string', I = 'string' }
local READS = {
  GET = true, HGET = true, HMGET = true, HGETALL = true, HLEN = true, HEXISTS = true, ZCARD = true, ZRANGE = true, ZSCORE = true,
  ZMSCORE = true, ZRANK = true, ZREVRANK = true, ZCOUNT = true, LLEN = true, TIME = true, HSTRLEN = true,
}
-- These cannot fail for the sake of what they find.
local SAFE = { SET = true, DEL = true, PUBLISH = true, TIME = true, PEXPIRE = true }

local test_control = redis.call('HMGET', TEST, 'failScript', 'failAt', 'now')
local test_declared, test_read, test_calls, test_first_write = {}, {}, 0, nil
for _, key in ipairs(KEYS) do
  test_declared[key] = true
end

local function test_note(field)
  local most = tonumber(redis.call('HGET', TEST, field) or 0)
  if test_calls > most then
    -- Refused in a script that is flagged no-writes: its calls are counted without that flag.
    redis.pcall('HSET', TEST, field, test_calls)
  end
end

local function call(name, ...)
  local key = ...
  test_calls = test_calls + 1
  test_note('calls:' .. script_name)
  local keyless = name == 'TIME' or name == 'PUBLISH'
  if not keyless and not test_declared[key] then
    error('UNDECLARED ' .. script_name .. ' touches ' .. tostring(key))
  end
  if test_control[1] == script_name and tonumber(test_control[2]) == test_calls then
    redis.pcall('HSET', TEST, 'failedAfterWrite', test_first_write and 1 or 0, 'failed', name)
    if test_first_write then
      redis.call('HSET', TEST, 'failedKnown', (SAFE[name] or test_read[key] == FAMILY[string.sub(name, 1, 1)]) and 1 or 0)
    else
      error('FORCED ' .. name)
    end
  end
  local family = FAMILY[string.sub(name, 1, 1)]
  if READS[name] then
    if key then
      if test_first_write and test_read[key] ~= family then
        error('UNGUARDED ' .. script_name .. ': ' .. name .. ' ' .. key .. ' after the first write, ' .. test_first_write)
      end
      test_read[key] = family
    end
  elseif test_first_write and not SAFE[name] and test_read[key] ~= family then
    error('UNGUARDED ' .. script_name .. ': ' .. name .. ' ' .. key .. ' after the first write, ' .. test_first_write)
  elseif name ~= 'PUBLISH' and name ~= 'PEXPIRE' then
    -- A longer life of the call record is no transition: what follows it may still fail.
    test_first_write = test_first_write or name
    test_read[key] = family
  end
  return redis.call(name, ...)
end
