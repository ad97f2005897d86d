-- The state that a job is in, by the structure that holds its id: `gone` for none.
--@keys ready active scheduled completed dead cancelled
--@include lib/call
local PLACES = {
  { 'ready', ready_key }, { 'active', active_key }, { 'scheduled', scheduled_key },
  { 'completed', completed_key }, { 'dead', dead_key }, { 'cancelled', cancelled_key },
}

-- Returns the state and the score of the id there.
local function locate(id)
  for _, place in ipairs(PLACES) do
    local score = call('ZSCORE', place[2], id)
    if score then
      return place[1], score
    end
  end
  return 'gone'
end
