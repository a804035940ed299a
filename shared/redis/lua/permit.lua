-- Takes a rate-limit permit for one call of a channel and records the attempt in the ledger, atomically.
-- `take` (take.lua) precedes it as a function of KEYS and ARGV; that function reads the first two of each.
-- KEYS: 1 bucket, 2 pause, 3 failures in a row; 4 (optional) claim
-- ARGV: 1 ms a token, 2 burst, 3 failures that park a channel, 4 how many ms a probe may take; 5 claim value, 6 channel,
--       then ledger key and ledger entry of each alert
-- returns: how many ms to wait (0: permitted) and the failures in a row; false if the claim is no longer the caller's
-- invariant: each send is recorded before it is made, by the holder of the claim; a parked channel has one caller at a time
if KEYS[4] and redis.call('GET', KEYS[4]) ~= ARGV[5] then return false end
local failures = tonumber(redis.call('GET', KEYS[3]) or 0)
if not failures then
  -- The product writes counts only; left as it is, this value would stop every later count.
  redis.call('DEL', KEYS[3])
  failures = 0
end
local wait = take(KEYS, ARGV)
if wait > 0 then return {wait, failures} end
if failures >= tonumber(ARGV[3]) then redis.call('SET', KEYS[2], 'a probe is under way', 'PX', ARGV[4]) end
for i = 7, #ARGV, 2 do redis.call('HSET', ARGV[i], ARGV[6], ARGV[i + 1]) end
return {0, failures}
