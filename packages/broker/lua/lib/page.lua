-- Going through a structure a page at a time. A page has key, desc, and the score and id (`after`) it begins behind.
--@include lib/call
--@include lib/list
--@include lib/locate
--@include lib/number

local function key_of(name)
  for _, place in ipairs(PLACES) do
    if place[1] == name then
      return place[2]
    end
  end
end

local function range(page, from, to, ...)
  if page.desc then
    return call('ZRANGE', page.key, from, to, 'REV', ...)
  end
  return call('ZRANGE', page.key, from, to, ...)
end

-- Ids of one score stand in the order of their bytes; Lua's own comparison follows the server's locale.
local function comes_before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then
      return x < y
    end
  end
  return #a < #b
end

-- The rank of the first id behind (score, after) when that itself has left: found by halving the ids of its score, of
-- which there may be many: what is settled in one call shares its time.
local function rank_behind(page)
  local from = call('ZCOUNT', page.key, '-inf', '(' .. page.score)
  local to = call('ZCOUNT', page.key, '-inf', page.score)
  while from < to do
    local middle = math.floor((from + to) / 2)
    if comes_before(call('ZRANGE', page.key, middle, middle)[1], page.after) then
      from = middle + 1
    else
      to = middle
    end
  end
  return page.desc and call('ZCARD', page.key) - from or from
end

-- Ids and scores of the next `n`; fewer only at the end.
local function next_ids(page, n)
  if page.score == '' then
    return range(page, 0, n - 1, 'WITHSCORES')
  end
  local same = call('ZSCORE', page.key, page.after)
  local rank
  if same and tonumber(same) == tonumber(page.score) then
    rank = call(page.desc and 'ZREVRANK' or 'ZRANK', page.key, page.after) + 1
  else
    rank = rank_behind(page)
  end
  return range(page, rank, rank + n - 1, 'WITHSCORES')
end
