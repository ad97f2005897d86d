-- A head of ready that is not simply taken: without a record, with one that Relay did not write, or with an expiry.
--@keys expiry state
--@include lib/moves
--@offers consider

-- Expiry counts until the first start only: a job that has been started is no longer in `expiry`. No record tells the
-- time: promoted by hand under a clock that had gone back, a job is due before it was made.
local function is_expired(id, spec, now)
  local at = spec.expires > 0 and call('ZSCORE', expiry_key, id)
  return at and tonumber(at) < now
end

-- True: take it.
local function consider(found, id, record, spec, now)
  found.expiring = found.expiring or {}
  found.expiring[#found.expiring + 1] = id
  if not record then
    found.ghosts = found.ghosts or {}
    found.ghosts[#found.ghosts + 1] = id
    drop(id)
    count('ghosts')
    return false
  elseif not spec then
    -- No job, but nothing is thrown away either: it is kept among the dead letters, never run.
    to_dead(id, read_state(call('HGET', state_key, id)), 'corrupt', now)
    return false
  elseif is_expired(id, spec, now) then
    to_dead(id, read_state(call('HGET', state_key, id)), 'expired', now)
    return false
  end
  return true
end
