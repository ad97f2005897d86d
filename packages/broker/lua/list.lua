--[[
Purpose: one page of the jobs of a state, without payloads, results and stacks.
ARGV: state; asc or desc; score and id behind which the page begins, or '' and ''; most rows; most ids to look at; type
  to keep, or ''.
Reply: 1 when there may be more; score and id to go on from; then five values a row: id, score, record without payload,
  state text without result or nil, lease without its token or nil.
Cost: O(log N + n) for n ids looked at; at most 5 calls for each 100 of them.
Keeps: changes nothing.
]]
--@flags no-writes
--@keys ready active scheduled completed dead cancelled jobs state leases
--@include lib/call
--@include lib/locate

local name, order, score, after, limit, budget, type_name = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local key
for _, place in ipairs(PLACES) do
  if place[1] == name then
    key = place[2]
  end
end

-- One range of the structure, in the page's order.
local function range(from, to, ...)
  if order == 'desc' then
    return call('ZRANGE', key, from, to, 'REV', ...)
  end
  return call('ZRANGE', key, from, to, ...)
end

-- The next ids behind (score, after). Ids of one score stand in the order of their bytes.
local function next_ids(n)
  if score == '' then
    return range(0, n - 1, 'WITHSCORES')
  end
  local same = call('ZSCORE', key, after)
  if same and tonumber(same) == tonumber(score) then
    local rank = call(order == 'desc' and 'ZREVRANK' or 'ZRANK', key, after)
    return range(rank + 1, rank + n, 'WITHSCORES')
  end
  -- It has left meanwhile: go on behind its score, and of its equals keep those that stand behind it by name.
  local found = call('ZRANGE', key, score, order == 'desc' and '-inf' or '+inf', 'BYSCORE', unpack(order == 'desc'
    and { 'REV', 'LIMIT', 0, n, 'WITHSCORES' } or { 'LIMIT', 0, n, 'WITHSCORES' }))
  local rest = {}
  for i = 1, #found, 2 do
    local equal = tonumber(found[i + 1]) == tonumber(score)
    if not equal or (order == 'desc' and found[i] < after) or (order ~= 'desc' and found[i] > after) then
      rest[#rest + 1] = found[i]
      rest[#rest + 1] = found[i + 1]
    end
  end
  return rest
end

local reply, looked, more = { 0, '', '' }, 0, true
while looked < budget and (#reply - 3) / 5 < limit and more do
  local found = next_ids(math.min(100, budget - looked))
  more = #found > 0
  if more then
    local ids = {}
    for i = 1, #found, 2 do
      ids[#ids + 1] = found[i]
    end
    looked = looked + #ids
    local states = call('HMGET', state_key, unpack(ids))
    local leases = name == 'active' and call('HMGET', leases_key, unpack(ids)) or {}
    for i = 1, #ids do
      local record = call('HGET', jobs_key, ids[i])
      score, after = found[i * 2], ids[i]
      local head = record and string.match(record, '^[^\n]*\n[^\n]*\n') or record
      if record and (type_name == '' or string.match(head, '^%d+ %d+ %-?%d+ %d+ %d+ %a %d+ %d+ %d+ %d+ (%S+)') == type_name) then
        local at = #reply
        reply[at + 1], reply[at + 2], reply[at + 3] = ids[i], score, head
        reply[at + 4] = states[i] and string.gsub(states[i], '\nr.*$', '') or false
        reply[at + 5] = leases[i] and string.gsub(leases[i], '^%S+ ', '', 1) or false
      end
      if (#reply - 3) / 5 >= limit then
        break
      end
    end
  end
end
reply[1], reply[2], reply[3] = more and 1 or 0, score, after
return reply
