-- Going through a structure a page at a time. A page has key, desc, and the score and id (`after`) it begins behind.
--@include lib/call
--@include lib/list
--@include lib/locate

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

-- Ids and scores of the next `n`. Ids of one score stand in the order of their bytes.
local function next_ids(page, n)
  if page.score == '' then
    return range(page, 0, n - 1, 'WITHSCORES')
  end
  local same = call('ZSCORE', page.key, page.after)
  if same and tonumber(same) == tonumber(page.score) then
    local rank = call(page.desc and 'ZREVRANK' or 'ZRANK', page.key, page.after)
    return range(page, rank + 1, rank + n, 'WITHSCORES')
  end
  -- It has left meanwhile: go on behind its score, and of its equals keep those that stand behind it by name. All equals
  -- are looked through, a page at a time, until one is found.
  local rest, offset = {}, 0
  while #rest == 0 do
    local to = page.desc and '-inf' or '+inf'
    local found = page.desc and call('ZRANGE', page.key, page.score, to, 'BYSCORE', 'REV', 'LIMIT', offset, n, 'WITHSCORES')
      or call('ZRANGE', page.key, page.score, to, 'BYSCORE', 'LIMIT', offset, n, 'WITHSCORES')
    if #found == 0 then
      break
    end
    for i = 1, #found, 2 do
      local equal = tonumber(found[i + 1]) == tonumber(page.score)
      if not equal or (page.desc and found[i] < page.after) or (not page.desc and found[i] > page.after) then
        push(rest, found[i], found[i + 1])
      end
    end
    offset = offset + n
  end
  return rest
end
