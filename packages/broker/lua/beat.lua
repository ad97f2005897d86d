--[[
Purpose: a sign of life of a worker or of a replica, by Redis's clock; forgets those that have given none for long.
ARGV: id; what it says of itself as JSON, '' to leave; ms after which a silent one is forgotten; 1 to hear of all.
Reply: now; 1 when this one was asked to be quiet; then, if asked for, id, time of the last sign and JSON of each.
Cost: O(n) for n members; at most 4 calls.
Keeps: changes no queue. Repeating it is harmless.
]]
--@flags allow-oom
--@keys members
--@include lib/now
--@include lib/number

-- An entry is "<last sign ms> <quiet 0 or 1> <JSON>".
local id, info, silence, all = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
local now = now_ms()
local mine = call('HGET', members_key, id)
local quiet = mine and string.match(mine, '^%d+ ([01])') or '0'
local members = all and call('HGETALL', members_key) or {}
local gone, reply = {}, { now, tonumber(quiet) }
for i = 1, #members, 2 do
  local at, text = string.match(members[i + 1], '^(%d+) [01] (.*)$')
  if members[i] ~= id and (not at or tonumber(at) < now - silence) then
    gone[#gone + 1] = members[i]
  elseif members[i] ~= id then
    local n = #reply
    reply[n + 1], reply[n + 2], reply[n + 3] = members[i], tonumber(at), text
  end
end
if #gone > 0 and #gone < 4000 then
  call('HDEL', members_key, unpack(gone))
end
if info == '' then
  call('HDEL', members_key, id)
else
  call('HSET', members_key, id, int(now) .. ' ' .. quiet .. ' ' .. info)
  if all then
    local n = #reply
    reply[n + 1], reply[n + 2], reply[n + 3] = id, now, info
  end
end
return reply
