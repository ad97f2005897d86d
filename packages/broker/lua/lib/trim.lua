-- Completed jobs beyond the count that the queue keeps, oldest first.
--@keys completed jobs state stats
--@include lib/call

-- It goes a twentieth below that count, 50 jobs at most, so that not every call has to trim; and at most 150 beyond what
-- has just come, so that a lowered limit is worked off in steps. Runs after the moves, on keys that they have touched.
local function trim_completed(kept, added, most)
  local excess = kept + added - most + math.min(50, math.floor(most / 20))
  excess = math.min(excess, added + 150)
  local old = call('ZRANGE', completed_key, 0, excess - 1)
  call('ZREMRANGEBYRANK', completed_key, 0, excess - 1)
  call('HDEL', jobs_key, unpack(old))
  call('HDEL', state_key, unpack(old))
  call('HINCRBY', stats_key, 'retired', #old)
end
