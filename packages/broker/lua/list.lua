--[[
Purpose: one page of the jobs of a state, without payloads, results and stacks.
ARGV: state; asc or desc; score and id behind which the page begins, or '' and ''; most rows; most ids to look at; type
  to keep, or ''; reason to keep (of the dead), or ''.
Reply: 1 when there may be more; score and id to go on from; then five values a row: id, score, record without payload,
  state text without result or nil, lease without its token or nil.
Cost: O(log N + n) for n ids looked at; at most 5 calls, 5 for each further 100 looked at, 1 for
  each job and 24 for each page behind a job that has left.
Keeps: changes nothing.
]]
--@flags no-writes
--@keys ready active scheduled completed dead cancelled jobs state leases
--@include lib/call
--@include lib/page

local name, limit, budget, want_type, want_reason = ARGV[1], tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], ARGV[8]
local page = { key = key_of(name), desc = ARGV[2] == 'desc', score = ARGV[3], after = ARGV[4] }
local TYPE = '^%d+ %d+ %-?%d+ %d+ %d+ %a %d+ %d+ %d+ %d+ (%S+)'
-- A page is as short as it must be for Redis not to stop: 1 MiB payloads are read to be left out.
local reply, rows, looked, bytes, more = { 0, '', '' }, 0, 0, 0, true

local function add_row(id, score, record, state, lease)
  local at = #reply
  reply[at + 1], reply[at + 2], reply[at + 3] = id, score, string.match(record, '^[^\n]*\n[^\n]*\n') or record
  reply[at + 4] = state and string.gsub(state, '\nr.*$', '') or false
  reply[at + 5] = lease and string.gsub(lease, '^%S+ ', '', 1) or false
  rows = rows + 1
end

while looked < budget and rows < limit and bytes < 4194304 and more do
  local wanted = math.min(100, budget - looked)
  local found = next_ids(page, wanted)
  more = #found / 2 >= wanted
  local ids = {}
  for i = 1, #found, 2 do
    ids[#ids + 1] = found[i]
  end
  local states = #ids > 0 and call('HMGET', state_key, unpack(ids)) or {}
  local leases = #ids > 0 and name == 'active' and call('HMGET', leases_key, unpack(ids)) or {}
  for i = 1, #ids do
    if rows >= limit or bytes >= 4194304 then
      more = true
      break
    end
    local record = call('HGET', jobs_key, ids[i])
    page.score, page.after = int(tonumber(found[i * 2])), ids[i]
    looked = looked + 1
    bytes = bytes + (record and #record or 0)
    local fits = want_type == '' or (record and string.match(record, TYPE) == want_type)
    fits = fits and (want_reason == '' or (states[i] and string.match(states[i], '^[^\n]*\nx([^\n]*)') == want_reason))
    if record and fits then
      add_row(ids[i], found[i * 2], record, states[i], leases[i])
    end
  end
end
reply[1], reply[2], reply[3] = more and 1 or 0, page.score, page.after
return reply
