-- KEYS: 1 questions, 2 waiting, 3 running
-- ARGV: 1 question id, 2 asker, 3 question, 4 most questions, 5 most questions of one asker, 6 lifetime in ms
-- returns: "asked", also where another asker asked the same before; "full" or "asker_full": nothing is written
-- invariant: a question that waits or runs is in `questions` and in exactly one of the lists
local outcome = 'asked'
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  local prefix, own, all = ARGV[2] .. '\0', 0, 0
  for _, stored in ipairs(redis.call('HVALS', KEYS[1])) do
    all = all + 1
    if string.sub(stored, 1, #prefix) == prefix then own = own + 1 end
  end
  if all >= tonumber(ARGV[4]) then return 'full' end
  if own >= tonumber(ARGV[5]) then return 'asker_full' end
  redis.call('HSET', KEYS[1], ARGV[1], prefix .. ARGV[3])
  redis.call('RPUSH', KEYS[2], ARGV[1])
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[6]) end
return outcome
