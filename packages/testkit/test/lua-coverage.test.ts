import { expect, test } from '@jest/globals';
import { instrumentLua } from '../src/lua-coverage.ts';

test('each branch gets a probe, at its line', () => {
  const source = `--[[ if this then
is no code ]]
local function f(a)
  if a == 'if x then' then return 1 end
  for i = 1, 2 do push(i) end -- do
  if a then
    b()
  elseif c then
    d()
  else
    e()
  end
end`;
  const { text, branches } = instrumentLua('lib/f', source);
  expect(branches).toEqual([
    'lib/f:3 file',
    'lib/f:3 function',
    'lib/f:4 then',
    'lib/f:4 past the if',
    'lib/f:5 loop',
    'lib/f:6 then',
    'lib/f:8 then',
    'lib/f:10 else',
  ]);
  expect(text.split('\n')).toHaveLength(source.split('\n').length);
  expect(text.split('\n')[3]).toBe(
    "  if a == 'if x then' then reached('lib/f:4 then');  return 1 else reached('lib/f:4 past the if'); end",
  );
});
