-- Time is Redis's own: every deadline and due time comes from here, never from a client's clock.
--@include lib/call
local function now_ms()
  local t = call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
