--[[
Purpose: keep the operations that run in the background for operators, so that exactly one gateway drives each, another
  one goes on when that dies, and what has ended can be read for a day.
ARGV: verb, then of `create`: id, text; `find` and `cancel`: id; `take`: driver, lease in ms; `save`: id, driver, lease
  in ms or 0 to let go, state, text.
Reply: id, state, 1 when it is to be cancelled, time made, time ended or 0, text; nothing when there is none, or it is
  not the driver's, or all are running.
Cost: O(n) for the operations kept, of which there are at most 200; at most 6 calls.
Keeps: changes no queue. Repeating it is harmless: a `take` whose answer is lost is taken again after the lease.
]]
--@flags allow-oom
--@keys operations
--@include lib/now
--@include lib/number

-- One field names all, so that looking for work does not read their texts. A line each: id, state, cancel, driven until,
-- made, ended, driver.
local INDEX, MOST, KEPT = '#', 200, 86400000
local verb, now = ARGV[1], now_ms()
local rows, gone = {}, {}
for line in string.gmatch(call('HGET', operations_key, INDEX) or '', '[^\n]+') do
  local id, state, cancel, till, made, ended, driver =
    string.match(line, '^(%S+) (%S+) ([01]) (%d+) (%d+) (%d+) (%S+)$')
  local row = { id = id, state = state, cancel = cancel, driver = driver }
  row.till, row.made, row.ended = tonumber(till), tonumber(made), tonumber(ended)
  if state ~= 'running' and row.ended < now - KEPT then
    gone[#gone + 1] = id
  else
    rows[#rows + 1] = row
  end
end

local function find(id)
  for i = 1, #rows do
    if rows[i].id == id then
      return rows[i]
    end
  end
end

-- Makes room for one more by forgetting what ended first; false when all are running.
local function make_room()
  local oldest
  for i = 1, #rows do
    if rows[i].state ~= 'running' and (not oldest or rows[i].ended < rows[oldest].ended) then
      oldest = i
    end
  end
  if #rows >= MOST and oldest then
    gone[#gone + 1] = table.remove(rows, oldest).id
  end
  return #rows < MOST
end

local row, text
if verb == 'create' then
  row = find(ARGV[2])
  if not row and make_room() then
    row = { id = ARGV[2], state = 'running', cancel = '0', till = 0, made = now, ended = 0, driver = '-' }
    rows[#rows + 1], text = row, ARGV[3]
  end
elseif verb == 'take' then
  for i = 1, #rows do
    if not row and rows[i].state == 'running' and rows[i].till < now then
      row = rows[i]
      row.driver, row.till = ARGV[2], now + tonumber(ARGV[3])
    end
  end
else
  row = find(ARGV[2])
  if row and verb == 'cancel' and row.state == 'running' then
    row.cancel = '1'
  elseif row and verb == 'save' then
    if row.driver ~= ARGV[3] or row.state ~= 'running' then
      return {}
    end
    local lease = tonumber(ARGV[4])
    row.till, row.state, text = lease > 0 and now + lease or 0, ARGV[5], ARGV[6]
    row.ended = row.state == 'running' and 0 or now
  end
end

if verb ~= 'find' and (row or #gone > 0) then
  local lines = {}
  for i = 1, #rows do
    local one = rows[i]
    local times = int(one.till) .. ' ' .. int(one.made) .. ' ' .. int(one.ended)
    lines[i] = one.id .. ' ' .. one.state .. ' ' .. one.cancel .. ' ' .. times .. ' ' .. one.driver
  end
  local fields = { INDEX, table.concat(lines, '\n') }
  if text then
    fields[3], fields[4] = row.id, text
  end
  call('HSET', operations_key, unpack(fields))
  if #gone > 0 then
    call('HDEL', operations_key, unpack(gone))
  end
end
if not row then
  return {}
end
text = text or call('HGET', operations_key, row.id) or '{}'
return { row.id, row.state, row.cancel, row.made, row.ended, text }
