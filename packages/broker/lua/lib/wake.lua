-- The wake rule (I29): exactly one token in `wake` while there is ready work that a claim could take now, else none.
-- Runs last in every script that changes ready, active or limits. One token wakes one blocked worker, whose claim
-- leaves the token if work remains. (Putting it back whenever ready is not empty made ten idle workers spin at 7,900
-- claims a second on a paused queue.)
--@keys ready active wake
--@include lib/call
--@include lib/limits

-- What the rule needs, read before the first write. The script keeps `ready`, `active` and `tokens` true as it goes.
-- `usual`: a script that leaves the limits alone reads `active` only where it is limited, and not `ready` where it is given.
local function read_gate(config, now, usual, ready)
  local gate = {
    ready = ready or call('ZCARD', ready_key),
    active = usual and not config.concurrency and 0 or call('ZCARD', active_key),
    woken = call('LLEN', wake_key),
  }
  if config.rate then
    gate.tokens, gate.tokens_at = bucket_tokens(config, now)
  end
  return gate
end

-- Whether work can be claimed now.
local function wake(config, gate)
  local open = not config.paused
    and gate.ready > 0
    and (not config.concurrency or gate.active < config.concurrency)
    and (not config.rate or gate.tokens >= 1)
  if open and gate.woken == 0 then
    call('RPUSH', wake_key, '1')
  elseif not open and gate.woken > 0 then
    call('DEL', wake_key)
  end
  return open
end
