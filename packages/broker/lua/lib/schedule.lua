-- How a schedule stands is "<revision> <JSON>": whoever changes it names the revision that it has read. The definition
-- is kept beside it, and the time at which its loop must look at it next; what both mean is known to src/schedules alone.
--@keys scheduleStates scheduleTimes schedules
--@include lib/call
--@include lib/number

local function revision_of(id)
  local state = call('HGET', scheduleStates_key, id)
  return state and tonumber(string.match(state, '^(%d+) ')) or 0
end

local function save_schedule(id, revision, state, due)
  local before = call('ZSCORE', scheduleTimes_key, id)
  call('HSET', scheduleStates_key, id, int(revision + 1) .. ' ' .. state)
  if due == '' then
    call('ZREM', scheduleTimes_key, id)
  else
    call('ZADD', scheduleTimes_key, tonumber(due), id)
    if not before or tonumber(due) < tonumber(before) then
      local namespace = string.match(schedules_key, '^(.*):{[^}]*}:[^:]*$')
      call('PUBLISH', namespace .. ':schedule', id .. ' ' .. due)
    end
  end
end
