--[[
Purpose: cancel, retry, delete or promote up to 100 named jobs. A cancel of a running job sets a flag on its lease, which
  its worker is told at its next heartbeat; whatever settles that lease then ends in cancelled.
ARGV: seq, action, reason of a cancel as error JSON or '', 1 and another payload for a single retry or 0 and '', the state
  that a job must be in or '', then ids.
Reply: for each id the state after it, `deleted`, or `gone`; `!` before the state that forbids the action; `again` for
  those beyond 4 MiB of records.
Cost: O(n log N); at most 37 calls and 10 a job.
Keeps: I2, I4, I8, I23, I28, I29.
]]
--@flags allow-oom
--@include lib/now
--@include lib/call-record
--@include lib/config
--@include lib/act
--@include lib/wake

local seq, action = tonumber(ARGV[1]), ARGV[2]
local outcome, stale = recall(seq)
if stale then
  return stale
elseif outcome then
  return cjson.decode(outcome)
end

local now, config = now_ms(), read_config()
local gate = read_gate(config, now)
local reply, bytes, seen = {}, 0, {}

-- One after the other: a job that is named twice is found where the first action has put it.
local function second_answer(first)
  if first == 'deleted' then
    return 'gone'
  elseif first == 'cancelled' or first == 'ready' then
    return '!' .. first
  end
  return first
end

for i = 7, #ARGV do
  local id = ARGV[i]
  local place, score = locate(id)
  local answer = 'gone'
  if bytes > 4194304 then
    answer = 'again'
  elseif seen[id] then
    answer = second_answer(seen[id])
  elseif place ~= 'gone' and ARGV[6] ~= '' and place ~= ARGV[6] then
    answer = '!' .. place
  elseif place ~= 'gone' then
    local job = { id = id, place = place, score = tonumber(score), reason = ARGV[3], payload = ARGV[4] == '1' and ARGV[5] or nil }
    job.record, job.state = call('HGET', jobs_key, id) or '', call('HGET', state_key, id)
    bytes = bytes + #job.record
    answer = ACTIONS[action](job, now)
    seen[id] = answer
  end
  reply[#reply + 1] = answer
end
guard_acts()
apply_acts(config, gate)
wake(config, gate)
remember(seq, cjson.encode(reply))
return reply
