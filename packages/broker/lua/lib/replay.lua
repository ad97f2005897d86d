-- What else a claim rarely needs.
--@keys leases state jobs
--@include lib/lease
--@offers replay without

-- A repeated claim: its leases as far as they still stand, read again rather than kept.
local function replay(outcome)
  local letters, retry_after, now, until_ms, token, rest = string.match(outcome, '^(%a*) (%S+) (%S+) (%S+) (%S+)(.*)$')
  local reply = { letters, tonumber(retry_after), tonumber(now), tonumber(until_ms), {}, token }
  local ids = {}
  for id in string.gmatch(rest, '%S+') do
    ids[#ids + 1] = id
  end
  if #ids > 0 then
    local leases = call('HMGET', leases_key, unpack(ids))
    local states = call('HMGET', state_key, unpack(ids))
    for i = 1, #ids do
      local record = holds(leases[i], token .. '.' .. i) and call('HGET', jobs_key, ids[i])
      reply[#reply + 1] = ids[i]
      reply[#reply + 1] = record or false
      reply[#reply + 1] = states[i] and string.match(states[i], '^[^\n]*') or false
    end
  end
  return reply
end

-- The list but for the id.
local function without(list, id)
  local rest = {}
  for i = 1, #list do
    if list[i] ~= id then
      rest[#rest + 1] = list[i]
    end
  end
  return rest
end
