-- KEYS: 1 lease, 2 fence
-- ARGV: 1 worker, 2 length in ms
-- returns: "worker:token" when taken, false when somebody holds it
-- invariant: at most one holder, and every holder has a token higher than all before it
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local value = ARGV[1] .. ':' .. redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], value, 'PX', ARGV[2])
return value
