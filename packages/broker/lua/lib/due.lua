-- Tells the background loops when a queue needs them earlier than they know. `config.due` remembers what they know, so
-- that a busy queue publishes once a lease and not once a claim.
--@keys config
--@include lib/call
--@include lib/number
local function announce(config, at)
  if config.due and config.due <= at then
    return
  end
  config.due = at
  call('HSET', config_key, 'due', at)
  local namespace, queue = string.match(config_key, '^(.*):{(.*)}:config$')
  call('PUBLISH', namespace .. ':due', queue .. ' ' .. int(at))
end
