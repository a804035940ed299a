-- Admits a caller whose credential was authenticated before, if every Redis value (fact) that this rested on is unchanged.
-- Invariant: without all facts no permit is taken and nothing is read; without a permit nothing is read.
-- `take` (take.lua) and `read` (another script, or nil) precede this text as functions of their own KEYS and ARGV.
-- KEYS: 1 and 2 of take, then the key of each fact, then those of read
-- ARGV: 1 and 2 of take, 3 the number of facts; for each fact its field ('': the key is a string) and its value; those of read
-- returns: {-1} if a fact differs, {ms to wait} without a permit, else {0} and the answer of read if there is a read
local facts = tonumber(ARGV[3])
for i = 1, facts do
  local place, field = KEYS[2 + i], ARGV[2 + 2 * i]
  local now
  if field == '' then now = redis.call('GET', place) else now = redis.call('HGET', place, field) end
  if now ~= ARGV[3 + 2 * i] then return {-1} end
end
local wait = take({KEYS[1], KEYS[2]}, {ARGV[1], ARGV[2]})
if wait > 0 or not read then return {wait} end
return {0, read({unpack(KEYS, 3 + facts)}, {unpack(ARGV, 4 + 2 * facts)})}
