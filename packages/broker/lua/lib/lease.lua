-- A lease is "<token> <start> <ready score> <cancel> <leaseMs> <owner> <spec>" in the hash `leases`.
-- cancel: 0, or 1 when the running job is to be cancelled. The spec is that of the record: whoever ends the lease
-- needs no look at the record.
--@include lib/spec
local function open_lease(text)
  local token, start, score, cancel, lease_ms, owner, spec = string.match(text, '^(%S+) (%d+) (%d+) ([01]) (%d+) (%S+) (.+)$')
  local parsed = spec and parse_spec(spec)
  if not parsed then
    return nil
  end
  return {
    token = token,
    start = start,
    score = score,
    cancelled = cancel == '1',
    lease_ms = tonumber(lease_ms),
    owner = owner,
    spec = parsed,
  }
end

-- The token is compared whole: a prefix of it is not it.
local function holds(text, token)
  return text and string.sub(text, 1, #token + 1) == token .. ' '
end
