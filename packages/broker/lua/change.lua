--[[
Purpose: another priority or due time for a job that waits. It goes behind all others of its new priority.
ARGV: seq, id, priority or '', due time in ms or ''.
Reply: ready or scheduled; `!` and the state that forbids it; gone.
Cost: O(log N); at most 36 calls.
Keeps: I2, I3, I10, I28, I29.
]]
--@flags allow-oom
--@include lib/now
--@include lib/call-record
--@include lib/config
--@include lib/act
--@include lib/wake

local call_seq, id, priority, due_at = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local outcome, stale = recall(call_seq)
if stale or outcome then
  return stale or outcome
end
local place, score = locate(id)
if place == 'gone' then
  return place
elseif place ~= 'ready' and place ~= 'scheduled' then
  return '!' .. place
end
local record = call('HGET', jobs_key, id) or ''
local created, due, text = open_record(record)
if not created then
  return '!corrupt'
end
local now, config = now_ms(), read_config()
local gate = read_gate(config, now)
local state = read_state(call('HGET', state_key, id))
local expires_at = call('ZSCORE', expiry_key, id)
local expires = parse_spec(text).expires
if priority then
  text = string.gsub(text, '^%-?%d+', int(priority), 1)
end
-- Its time: as asked for, else what it was.
local at = due_at or (place == 'scheduled' and due_of(tonumber(score))) or 0
local after = at > now and 'scheduled' or 'ready'
leaving[place][1] = id
if after == 'scheduled' then
  to_scheduled(id, parse_spec(text), at)
else
  become_ready(id, parse_spec(text).priority)
end
rewrite(id, created, due_at and math.max(at, now) or due, text, after_first_line(record))
if state.ready_at > 0 and due_at then
  state.ready_at = math.max(at, now)
  set_state(id, write_state(state))
end
if expires_at and due_at then
  expire_from(id, math.max(at, now), expires)
end
guard_acts()
apply_acts(config, gate)
wake(config, gate)
remember(call_seq, after)
return after
