-- A job's record is "<created> <due> <spec>\n<header JSON>\n<payload>", where spec is
-- "<priority> <maxAttempts> <maxCrashes> <backoff> <baseMs> <capMs> <timeoutMs> <expiresInMs> <type>".
-- Later fields go behind the type. Backoff: E exponential, F fixed, in lower case without jitter. 0: no such limit.
local RECORD = '^(%d+) (%d+) ([^\n]+)\n[^\n]*\n'
local SPEC = '^(%-?%d+) (%d+) (%d+) ([EeFf]) (%d+) (%d+) (%d+) (%d+) (%S+)'

local specs = {}
-- Parsed once a call for each distinct text: the jobs of a batch mostly share theirs. False: not a spec.
local function parse_spec(text)
  local spec = specs[text]
  if spec == nil then
    local priority, max_attempts, max_crashes, kind, base, cap, timeout, expires = string.match(text, SPEC)
    spec = priority and {
      priority = tonumber(priority),
      max_attempts = tonumber(max_attempts),
      max_crashes = tonumber(max_crashes),
      kind = kind,
      base = tonumber(base),
      cap = tonumber(cap),
      timeout = tonumber(timeout),
      expires = tonumber(expires),
    } or false
    specs[text] = spec
  end
  return spec
end

-- created, due, spec text; nil when the record is not one of ours.
local function open_record(record)
  local created, due, text = string.match(record, RECORD)
  if created and parse_spec(text) then
    return tonumber(created), tonumber(due), text
  end
end
