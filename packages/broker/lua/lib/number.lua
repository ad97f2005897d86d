-- Lua prints 14 digits of a number, scores have 16: whatever becomes part of a text goes through here.
local function int(n)
  return string.format('%d', n)
end
