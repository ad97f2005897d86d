--[[
Purpose: end leases and take new ones, in one step for all slots of a worker. Either part may be empty.
KEYS behind the fixed ones: none, or one an item to settle, to keep its answer for ten minutes.
ARGV: seq, random seed, items to settle, most jobs to claim, lease ms, token base, owner; then four values an item, see
  lib/settle.
Reply: outcome letters; ms until a rate limit allows more, or -1; now; deadline of the new leases; ids without a record;
  the token base (a repeated call's is the first one's); then three values a new lease: id, record, counters or nil. The token of the i-th is "<token base>.<i>".
Cost: O((n + m) log N) for n settled and m claimed; at most 48 calls, 1 for each 16 jobs looked at, 2 for
  each job not fit to run, 2 for each job waited for and 2 for each answer to keep.
Keeps: I2, I4, I5, I15, I16, I17, I28, I29.
]]
--@flags allow-oom
--@include lib/now
--@include lib/call-record
--@include lib/config
--@include lib/settle
--@include lib/claim
--@include lib/wake

local seq, items, max = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])

-- A repeated call: its leases as far as they still stand, read again rather than kept.
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

local outcome, stale = recall(seq)
if stale then
  return stale
elseif outcome then
  return replay(outcome)
end

math.randomseed(tonumber(ARGV[2]))
local now, config = now_ms(), read_config()
local gate = read_gate(config, now)
local letters, ended = settle(8, items, config, now)
gate.active = gate.active - #ended
local found = plan_claim(config, gate, max, now)
local has_read = { state = items > 0 or #found.ids > 0, jobs = #found.ids > 0 }
if #moves.completed > 0 and not has_read.jobs then
  call('HLEN', jobs_key)
  has_read.jobs = true
end
local sizes = guard_moves(has_read)

if #ended > 0 then
  call('ZREM', active_key, unpack(ended))
  call('HDEL', leases_key, unpack(ended))
end
local grant = { token = ARGV[6], lease_ms = tonumber(ARGV[5]), owner = ARGV[7], until_ms = now + tonumber(ARGV[5]) }
apply_claim(found, grant, config, gate, now)
apply_moves(config)
trim_completed(config, sizes.completed or 0)
remember_settled(letters)
gate.ready = gate.ready + #moves.ready / 2
wake(config, gate)

local retry_after = config.rate and not config.paused and gate.tokens < 1 and refill_ms(config, gate.tokens) or -1
if items > 0 or #found.ids > 0 then
  remember(seq, table.concat({ letters, retry_after, int(now), int(grant.until_ms), grant.token, unpack(found.ids) }, ' '))
end
local reply = { letters, retry_after, now, grant.until_ms, found.ghosts, grant.token }
for i = 1, #found.ids do
  local at = i * 3 + 3
  local state = found.states[i]
  reply[at + 1] = found.ids[i]
  reply[at + 2] = found.records[i]
  reply[at + 3] = state and string.match(state, '^[^\n]*') or false
end
return reply
