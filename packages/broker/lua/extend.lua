--[[
Purpose: heartbeat: move the deadlines of leases, store progress, and learn of asked-for cancels.
ARGV: number of items; then four values an item: id, token, lease ms, progress JSON or '', behind a line feed log JSON if any.
Reply: two integers an item: the deadline, or -1 when the lease is lost; 1 when a cancel was asked for, else 0.
Cost: O(n log N); at most 9 calls.
Keeps: I5, I7. Repeating it is harmless.
]]
--@flags allow-oom
--@keys active leases state
--@include lib/now
--@include lib/config
--@include lib/due
--@include lib/lease
--@include lib/list
--@include lib/state

local n = tonumber(ARGV[1])
local ids = {}
for i = 1, n do
  ids[i] = ARGV[i * 4 - 2]
end
local leases = call('HMGET', leases_key, unpack(ids))
local states = call('HMGET', state_key, unpack(ids))
call('ZCARD', active_key)
local now, config, earliest = now_ms(), read_config(), nil
local deadlines, progress, reply = {}, {}, {}

-- Five seconds of grace, so that the worker itself is the first to end a job that runs too long.
local function deadline(lease, lease_ms)
  local limit = now + lease_ms
  if lease.spec.timeout > 0 then
    limit = math.min(limit, tonumber(lease.start) + lease.spec.timeout + 5000)
  end
  return limit
end

for i = 1, n do
  local at = i * 4 - 2
  local lease = holds(leases[i], ARGV[at + 1]) and open_lease(leases[i])
  if lease then
    local limit = deadline(lease, tonumber(ARGV[at + 2]))
    push(deadlines, limit, ids[i])
    earliest = math.min(earliest or limit, limit)
    if ARGV[at + 3] ~= '' then
      local state = read_state(states[i])
      local reported, logs = string.match(ARGV[at + 3], '^([^\n]*)\n?(.*)$')
      if reported ~= '' then
        state.progress = reported
      end
      set_logs(state, logs)
      push(progress, ids[i], write_state(state))
    end
    push(reply, limit, lease.cancelled and 1 or 0)
  else
    push(reply, -1, 0)
  end
end
if #deadlines > 0 then
  call('ZADD', active_key, 'XX', unpack(deadlines))
  announce(config, earliest)
end
if #progress > 0 then
  call('HSET', state_key, unpack(progress))
end
return reply
