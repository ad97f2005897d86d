-- Totals that cannot be derived change in the same script as the transition that they count.
--@keys stats
--@include lib/call
local tally = {}
local function count(field, n)
  tally[field] = (tally[field] or 0) + (n or 1)
end

local function write_stats()
  for field, n in pairs(tally) do
    call('HINCRBY', stats_key, field, n)
  end
end
