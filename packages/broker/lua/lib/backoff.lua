-- How long a failed job waits: the one place that decides it. `failures` is 1 after the first failed attempt.
-- The call's seed comes from the client: Redis seeds math.random alike for every script run.
local function backoff_ms(spec, failures)
  local bound = spec.base
  if spec.kind == 'E' or spec.kind == 'e' then
    -- 2^1000 is still a finite double, and maxAttempts is at most 1,000: no overflow.
    bound = spec.base * 2 ^ (failures - 1)
  end
  bound = math.min(spec.cap, bound)
  if spec.kind == 'E' or spec.kind == 'F' then
    return math.floor(math.random() * (bound + 1))
  end
  return bound
end

-- After its second crash a job waits at random, so that the neighbours it was claimed beside are not claimed beside it
-- again and die with it.
local function crash_ms(lease_ms, crashes)
  return math.floor(math.random() * math.min(60000, lease_ms * 2 ^ crashes))
end
