-- Ends leases. Each item of ARGV is two values: the id, and the token; behind that, for all but a plain completion,
-- " <outcome letter><log lines as JSON, if any>\n<data>".
--   c complete   data: the result, '' for none
--   f fail, t timeout, u unhandled   data: "<auto|never> <wait ms or -> \n<one line of message>\n<error JSON>"
--   r release    data: wait in ms, 0 for its old place
-- Answers a letter an item: c completed, g completed and not kept, s scheduled, r ready, d dead, x cancelled,
-- l lease-lost. A second settlement of one lease in the same call is answered as the first.
--@keys active leases state waiters
--@include lib/call
--@include lib/histogram

-- Decides what becomes of `n` items from ARGV[first] on. Returns the letters, the ids whose lease has ended, by id what
-- became of them, and of the ordinary completions: the ids to drop, or entries of `completed` and `state`. Those are what
-- settling mostly costs: they take from the lease no more than they need, and write their state without parsing one.
local function settle(first, n, keep, has_state, now, now_text)
  local ids, letters, ended, seen, drops, completed, states = {}, {}, {}, {}, {}, {}, {}
  if n == 0 then
    return letters, ended, seen, drops, completed, states
  end
  local argv, find, match = ARGV, string.find, string.match
  for i = 1, n do
    ids[i] = argv[first + i * 2 - 2]
  end
  local leases = call('HMGET', leases_key, unpack(ids))
  local known = has_state and call('HMGET', state_key, unpack(ids)) or {}
  local lease_pattern = keep and '^ (%d+) %d+ ([01]) %d+ (%S+) ' or '^ (%d+) %d+ ([01]) %d+ %S+ '
  local done, waited = 0, nil
  -- With a key an item behind the fixed ones, each answer is kept there, see the end of the script.
  local remembers = #KEYS > fixed_keys
  for i = 1, n do
    local id, token, lease = ids[i], argv[first + i * 2 - 1], leases[i]
    local letter, rest = remembers and call('GET', KEYS[fixed_keys + i]), find(token, ' ', 1, true)
    if not letter then
      local outcome, logs, data, start, cancel, owner = 'c', '', '', nil, nil, nil
      if rest then
        token, outcome, logs, data = match(token, '^(%S+) (%a)([^\n]*)\n(.*)$')
      end
      -- The token is compared whole: a prefix of it is not it.
      if lease and find(lease, token, 1, true) == 1 then
        start, cancel, owner = match(lease, lease_pattern, #token + 1)
      end
      letter = not start and 'l' or seen[id]
      if not letter then
        local plain = outcome == 'c' and cancel == '0'
        if plain and not keep then
          drops[#drops + 1] = id
          letter = 'g'
        elseif plain and not known[i] and logs == '' then
          local at = #completed
          completed[at + 1], completed[at + 2] = now_text, id
          states[at + 1] = id
          states[at + 2] = '1 0 0 0\nh1 completed ' .. start .. ' ' .. now_text .. ' ' .. owner
            .. (data == '' and ' ' or ' \nr' .. data)
          letter = 'c'
        else
          letter = rarely().settle_one(id, lease, known[i], { letter = outcome, data = data, logs = logs }, now)
        end
        -- A damaged lease ends nothing, so nothing is counted and nobody is told.
        if letter ~= 'l' then
          if outcome ~= 'r' and outcome ~= 'u' and cancel == '0' then
            observe(BUCKETS.run, now, start)
          end
          if plain then
            done = done + 1
            if waited == nil then
              waited = call('HLEN', waiters_key) > 0
            end
            if waited then
              rarely().note_end(id, 'completed')
            end
          end
          seen[id] = letter
          ended[#ended + 1] = id
        end
      end
    end
    letters[i] = letter
  end
  if done > 0 then
    count('completed', done)
    if not keep then
      count('retired', done)
    end
  end
  return letters, ended, seen, drops, completed, states
end
