--[[
Purpose: cancel, retry, delete or promote the jobs of a state that match a filter, one bounded batch a call; or only
  count them.
ARGV: seq; action or `count`; state; score and id behind which to go on, or '' and ''; most ids to look at; type, reason
  and time in ms before which (it ended, is due or was created), each '' for any; reason of a cancel as error JSON or ''.
Reply: 1 when there may be more; score and id to go on from; number that matched; number acted upon.
Cost: O(log N + n log N) for n ids looked at; at most 40 calls, 2 for each job and 24 for each page
  behind a job that has left.
Keeps: I2, I4, I8, I23, I28, I29.
]]
--@flags allow-oom
--@include lib/now
--@include lib/call-record
--@include lib/config
--@include lib/act
--@include lib/page
--@include lib/wake

local seq, action, place = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local want_type, want_reason, before = ARGV[7], ARGV[8], tonumber(ARGV[9])
local outcome, stale = recall(seq)
if stale then
  return stale
elseif outcome then
  return cjson.decode(outcome)
end

local function matches(job)
  local created, due, text = open_record(job.record)
  if want_type ~= '' and (not text or string.match(text, '^%S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (%S+)') ~= want_type) then
    return false
  elseif want_reason ~= '' and (not job.state or string.match(job.state, '^[^\n]*\nx([^\n]*)') ~= want_reason) then
    return false
  elseif not before then
    return true
  elseif place == 'scheduled' then
    return due_of(job.score) < before
  elseif place == 'ready' or place == 'active' then
    return created ~= nil and created < before
  end
  return job.score < before
end

local now, config = now_ms(), read_config()
local gate = read_gate(config, now)
local page = { key = key_of(place), score = ARGV[4], after = ARGV[5], desc = false }
local found = next_ids(page, tonumber(ARGV[6]))
local matched, acted, bytes, stopped = 0, 0, 0, false
for i = 1, #found, 2 do
  if bytes > 4194304 then
    stopped = true
    break
  end
  local job = { id = found[i], place = place, score = tonumber(found[i + 1]), reason = ARGV[10] }
  job.record, job.state = call('HGET', jobs_key, job.id) or '', call('HGET', state_key, job.id)
  bytes = bytes + #job.record
  page.score, page.after = int(job.score), found[i]
  if matches(job) then
    matched = matched + 1
    if action ~= 'count' and string.sub(ACTIONS[action](job, now), 1, 1) ~= '!' then
      acted = acted + 1
    end
  end
end
if acted > 0 then
  guard_acts()
  apply_acts(config, gate)
  wake(config, gate)
end
local more = (stopped or #found / 2 >= tonumber(ARGV[6])) and 1 or 0
local reply = { more, page.score, page.after, matched, acted }
remember(seq, cjson.encode(reply))
return reply
