--[[
Purpose: remove a queue that holds no job: its settings, totals and order.
ARGV: none.
Reply: 1 when it is gone, 0 when it still holds jobs.
Cost: O(1); at most 7 calls.
Keeps: I1, I4.
]]
--@flags allow-oom
--@keys ready scheduled active completed cancelled dead jobs state leases expiry config limiter stats seq series wake waiters
--@include lib/call

for _, key in ipairs({ ready_key, scheduled_key, active_key, completed_key, cancelled_key, dead_key }) do
  if call('ZCARD', key) > 0 then
    return 0
  end
end
call('DEL', jobs_key, state_key, leases_key, expiry_key, config_key, limiter_key, stats_key, seq_key, series_key, wake_key, waiters_key)
return 1
