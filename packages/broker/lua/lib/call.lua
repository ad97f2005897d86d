-- The only door to Redis. Tests put an instrumented one in its place, see the testkit.
local call = redis.call
