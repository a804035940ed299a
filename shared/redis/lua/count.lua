-- HINCRBY of many fields, read together and written together: a call costs several times what a word of it does.
-- KEYS: 1 a hash of counts
-- ARGV: field, and what is added to it, in turn; no field twice, 4,000 at most
-- returns: nothing
-- invariant: none of its own; it stands in the transaction of what is counted
local fields = {}
for i = 1, #ARGV, 2 do fields[#fields + 1] = ARGV[i] end
local words = {}
for i, count in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do
  words[2 * i - 1] = fields[i]
  -- What is no count of ours would be in the way of every next one.
  local known = tonumber(count or 0)
  if not (known and known >= 0 and known < 2 ^ 53) then known = 0 end
  words[2 * i] = string.format('%d', known + ARGV[2 * i])
end
redis.call('HSET', KEYS[1], unpack(words))
