-- What tells one state of a queue's settings from another: a digest of all of them. It is derived, so that it holds
-- whoever wrote them, and after the queue was removed and made anew. Pause and `due` are no settings in this sense.
-- The client makes the same digest from HGETALL (src/settings.ts): names and their order must be the same there.
--@keys config
--@include lib/call
local SETTINGS = { 'concurrency', 'rate', 'perMs', 'burst', 'maxReady', 'maxAttempts', 'maxCrashes', 'leaseMs',
  'backoff', 'completedMaxAgeMs', 'completedMaxCount', 'deadMaxAgeMs', 'deadMaxCount' }

local function read_settings()
  local values = call('HMGET', config_key, unpack(SETTINGS))
  local stored = {}
  for i, name in ipairs(SETTINGS) do
    stored[name] = values[i] or nil
  end
  return stored
end

local function revision_of(stored)
  local lines = {}
  for _, name in ipairs(SETTINGS) do
    if stored[name] then
      lines[#lines + 1] = name .. '=' .. stored[name]
    end
  end
  return redis.sha1hex(table.concat(lines, '\n'))
end
