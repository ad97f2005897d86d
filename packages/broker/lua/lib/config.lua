-- The settings of the queue, in one read, by the names that they are stored under; what is not set has its default or is
-- nil. A queue without settings has no such key. All fields cost less than a dozen by name, most of which are mostly nil.
-- `due` is not a setting: it is the earliest time that has been announced to the background loops, see lib/due.
--@keys config
--@include lib/call
local function read_config()
  local config = { maxAttempts = 5, maxCrashes = 3, backoff = 'E 1000 600000', completedMaxCount = 1000 }
  local stored = call('HGETALL', config_key)
  for i = 1, #stored, 2 do
    local name, value = stored[i], stored[i + 1]
    config[name] = name == 'backoff' and value or tonumber(value)
  end
  -- Resuming takes it away.
  config.paused = config.paused == 1
  return config
end
