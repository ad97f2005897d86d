-- Lost replies: a client that repeats a call gets the outcome of the first, which is kept under its session.
-- The record is "<seq>\n<outcome>", for ten minutes.
--@keys call
--@include lib/call
--@include lib/number

-- Returns the outcome when this very call was carried out before, nil when it is new.
-- A call older than the last one comes from a connection that was given up: it must change nothing.
local function recall(seq)
  local record = call('GET', call_key)
  if not record then
    return nil
  end
  local last = string.match(record, '^(%d+)\n')
  if not last or tonumber(last) < seq then
    return nil
  end
  if tonumber(last) > seq then
    return nil, redis.error_reply('STALECALL the session has made a later call')
  end
  -- A write, so that a WAIT behind the repeated call waits for the first one's writes too.
  call('PEXPIRE', call_key, 600000)
  return string.sub(record, #last + 2)
end

local function remember(seq, outcome)
  call('SET', call_key, int(seq) .. '\n' .. outcome, 'PX', '600000')
end
