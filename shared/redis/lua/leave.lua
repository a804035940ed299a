-- Leave for one call of a channel, and the word in the ledger that it is made, as one.
-- Before it stands `take` (take.lua), as a function of the KEYS and ARGV it is given; it reads the first two.
-- KEYS: 1 bucket, 2 pause, 3 failures in a row; 4 (optional) claim
-- ARGV: 1 ms a token, 2 burst, 3 failures that park a channel, 4 how many ms a probe may take; 5 claim value, 6 channel,
--       then key and line of the ledger of each alert
-- returns: how many ms to wait, 0 with leave, and the failures in a row; false if the claim is no longer the caller's
-- invariant: what is sent was marked before, by who holds the claim; a parked channel is called by one at a time
if KEYS[4] and redis.call('GET', KEYS[4]) ~= ARGV[5] then return false end
local failures = tonumber(redis.call('GET', KEYS[3]) or 0)
if not failures then
  -- No count of ours; it would be in the way of every next one.
  redis.call('DEL', KEYS[3])
  failures = 0
end
local wait = take(KEYS, ARGV)
if wait > 0 then return {wait, failures} end
if failures >= tonumber(ARGV[3]) then redis.call('SET', KEYS[2], 'a probe is under way', 'PX', ARGV[4]) end
for i = 7, #ARGV, 2 do redis.call('HSET', ARGV[i], ARGV[6], ARGV[i + 1]) end
return {0, failures}
