--[[
Purpose: send a dead job back to ready with its counters at 0, its history kept, if asked with another payload.
ARGV: seq, id, 1 and the new payload or 0 and ''.
Reply: `ready`; or, with nothing changed, the state that the job is in instead, `gone` for none.
Cost: O(log N); at most 24 calls.
Keeps: I2, I8, I28, I29.
]]
--@flags allow-oom
--@keys dead ready jobs state seq
--@include lib/now
--@include lib/call-record
--@include lib/config
--@include lib/locate
--@include lib/scores
--@include lib/spec
--@include lib/state
--@include lib/stats
--@include lib/wake

local call_seq, id = tonumber(ARGV[1]), ARGV[2]
local outcome, stale = recall(call_seq)
if stale or outcome then
  return stale or outcome
end
local record = call('HGET', jobs_key, id)
if not call('ZSCORE', dead_key, id) then
  return (locate(id))
end
local created, due, text
if record then
  created, due, text = open_record(record)
end
if not created then
  return 'corrupt'
end
local now, config = now_ms(), read_config()
local gate = read_gate(config, now)
local state = read_state(call('HGET', state_key, id))
call('HLEN', stats_key)
state.attempts, state.crashes, state.unhandled, state.reason, state.ready_at = 0, 0, 0, nil, now
local seq = call('INCRBY', seq_key, 1)
call('ZREM', dead_key, id)
call('ZADD', ready_key, ready_score(parse_spec(text).priority, seq), id)
call('HSET', state_key, id, write_state(state))
if ARGV[3] == '1' then
  call('HSET', jobs_key, id, string.match(record, '^[^\n]*\n[^\n]*\n') .. ARGV[4])
end
count('requeued')
write_stats()
gate.ready = gate.ready + 1
wake(config, gate)
remember(call_seq, 'ready')
return 'ready'
