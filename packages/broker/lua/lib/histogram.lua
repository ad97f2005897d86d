-- Small histograms among the totals: `wait:<e>` and `run:<e>` count what took from 2^(e-1) to below 2^e ms, e = 0 what
-- took less than one. 28 buckets reach to a day and a half.
--@include lib/stats
local BUCKETS = { wait = {}, run = {} }
for e = 0, 27 do
  BUCKETS.wait[e], BUCKETS.run[e] = 'wait:' .. e, 'run:' .. e
end

local function observe(buckets, ms)
  local _, e = math.frexp(math.max(0, ms))
  count(buckets[math.min(math.max(e, 0), 27)])
end
