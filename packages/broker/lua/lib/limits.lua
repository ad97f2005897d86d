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
  return math.min(config.burst, tokens + math.max(0, now - at) * config.rate / config.per_ms), at
end

-- How long until the bucket holds a whole token.
local function refill_ms(config, tokens)
  return math.max(1, math.ceil((1 - tokens) * config.per_ms / config.rate))
end
