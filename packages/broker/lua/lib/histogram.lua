-- Small histograms among the totals: `wait:<e>` and `run:<e>` count what took from 2^(e-1) to below 2^e ms, e = 0 what
-- took less than one. 28 buckets reach to a day and a half.
--@include lib/number
--@include lib/stats
local BUCKETS = { wait = { prefix = 'wait:' }, run = { prefix = 'run:' } }

-- Counts what began at `from`, which the jobs of a batch mostly share. The names of the buckets are made as they are
-- met: all of them at each call would cost more than a claim.
local function observe(buckets, now, from)
  if from ~= buckets.from then
    local _, e = math.frexp(math.max(0, now - from))
    e = math.min(math.max(e, 0), 27)
    local name = buckets[e]
    if not name then
      name = buckets.prefix .. int(e)
      buckets[e] = name
    end
    buckets.from, buckets.name = from, name
  end
  local name = buckets.name
  tally[name] = (tally[name] or 0) + 1
end
