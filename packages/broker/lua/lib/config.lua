-- The settings of the queue, in one read. Unset ones are nil; a queue without settings has no such key.
-- `due` is not a setting: it is the earliest time that has been announced to the background loops, see lib/due.
--@keys config
--@include lib/call
local function read_config()
  local c = call('HMGET', config_key, 'paused', 'concurrency', 'rate', 'perMs', 'burst', 'maxReady', 'maxAttempts',
    'maxCrashes', 'backoff', 'completedMaxCount', 'due')
  return {
    paused = c[1] == '1',
    concurrency = tonumber(c[2] or nil),
    rate = tonumber(c[3] or nil),
    per_ms = tonumber(c[4] or nil),
    burst = tonumber(c[5] or nil),
    max_ready = tonumber(c[6] or nil),
    max_attempts = c[7] or '5',
    max_crashes = c[8] or '3',
    backoff = c[9] or 'E 1000 600000',
    completed_max_count = tonumber(c[10] or 1000),
    due = tonumber(c[11] or nil),
  }
end
