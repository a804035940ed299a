-- KEYS: 1 a zset of alert ids
-- ARGV: 1 what their records' keys begin with, 2 ZRANGEBYSCORE or ZREVRANGEBYSCORE, 3 and 4 its bounds, 5 offset, 6 count
-- returns: id, score and record (false if it is gone) of each, one after the other
local found = redis.call(ARGV[2], KEYS[1], ARGV[3], ARGV[4], 'WITHSCORES', 'LIMIT', ARGV[5], ARGV[6])
local answer = {}
for i = 1, #found, 2 do
  answer[#answer + 1] = found[i]
  answer[#answer + 1] = found[i + 1]
  answer[#answer + 1] = redis.call('GET', ARGV[1] .. found[i])
end
return answer
