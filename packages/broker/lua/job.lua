--[[
Purpose: all that is known of one job, as of one moment.
ARGV: id.
Reply: nil when there is no such job, else state, its score there, record, state text or nil, lease without its token or
  nil, now.
Cost: O(log N); at most 10 calls.
Keeps: changes nothing.
]]
--@flags no-writes
--@keys jobs state leases
--@include lib/now
--@include lib/locate

local id = ARGV[1]
local record = call('HGET', jobs_key, id)
local state, score = locate(id)
if not record or state == 'gone' then
  return false
end
local lease = call('HGET', leases_key, id)
return { state, score, record, call('HGET', state_key, id), lease and string.gsub(lease, '^%S+ ', '', 1) or false, now_ms() }
