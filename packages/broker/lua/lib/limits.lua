-- What the queue's limits allow now: pause, concurrency (the live leases themselves) and the token bucket.
--@keys limiter
--@include lib/call

-- Tokens in the bucket, a fraction included, and since when. A bucket never used is full. A clock that went back counts
-- as no time passed.
local function bucket_tokens(config, now)
  local bucket = call('HMGET', limiter_key, 'tokens', 'at')
  local tokens, at = tonumber(bucket[1] or nil), tonumber(bucket[2] or nil)
  if not tokens or not at then
    return config.burst, now
  end
  return math.min(config.burst, tokens + math.max(0, now - at) * config.rate / config.perMs), at
end
