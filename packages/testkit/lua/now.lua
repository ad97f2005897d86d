-- Takes the place of the broker's lib/now in tests: time stands where the test has put it.
--@include lib/call
local function now_ms()
  local t = call('TIME')
  if test_control[3] then
    return tonumber(test_control[3])
  end
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
