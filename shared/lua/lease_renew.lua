-- KEYS: 1 lease
-- ARGV: 1 "worker:token", 2 length in ms
-- returns: 1 when renewed, 0 when it is no longer ours
-- invariant: only the holder lengthens a lease; an expired one is never revived
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
