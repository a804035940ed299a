-- KEYS: 1 lease
-- ARGV: 1 "worker:token"
-- returns: 1 when given up, 0 when it was no longer ours
-- invariant: nobody gives up another's lease
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
