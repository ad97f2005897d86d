-- Totals that cannot be derived change in the same script as the transition that they count: all of them in one read,
-- before the first write, and one write.
--@keys stats
--@include lib/call
--@include lib/number
local tally = {}
local function count(field, n)
  tally[field] = (tally[field] or 0) + (n or 1)
end

local totals = {}
-- After it nothing more can be counted. Returns what stood there before, by name; nil where nothing was counted yet.
local function read_stats()
  local names = {}
  for name in pairs(tally) do
    names[#names + 1] = name
  end
  local known = {}
  if #names == 0 then
    return known
  end
  local before = call('HMGET', stats_key, unpack(names))
  for i = 1, #names do
    totals[i * 2 - 1] = names[i]
    totals[i * 2] = int((tonumber(before[i] or nil) or 0) + tally[names[i]])
    known[names[i]] = before[i] or nil
  end
  return known
end

local function write_stats()
  if #totals > 0 then
    call('HSET', stats_key, unpack(totals))
  end
end
