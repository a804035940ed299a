-- Lets somebody in whose credential was proven before, if all that rests on is as it was then.
-- Invariant: nothing is taken and nothing read unless every fact holds, and nothing read by whoever has to wait.
-- Before it stand `take` (take.lua) and `read`, another script or nil, as functions of their own KEYS and ARGV.
-- KEYS: 1 and 2 of take, then where the facts stand, then those of read
-- ARGV: 1 and 2 of take, 3 how many facts; of each its field ('': the key is a string) and what stood there; those of read
-- returns: -1 (a fact does not hold), or how many ms to wait, or 0 and what was read
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
