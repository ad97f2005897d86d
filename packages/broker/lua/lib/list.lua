-- Flat lists of pairs, as the variadic commands take them.
local function push(list, a, b)
  local n = #list
  list[n + 1] = a
  list[n + 2] = b
end
