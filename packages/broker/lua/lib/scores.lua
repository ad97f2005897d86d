-- Scores, all exact integers below 2^53.
-- ready: (1000 - priority) * 2^42 + seq. scheduled: dueMs * 2048 + (1000 - priority), exact until the year 2109.
local function ready_score(priority, seq)
  return (1000 - priority) * 4398046511104 + seq
end

local function scheduled_score(priority, due)
  return due * 2048 + 1000 - priority
end

local function due_of(score)
  return math.floor(score / 2048)
end
