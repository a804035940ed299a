-- KEYS: 1 due set of a channel's group, 2 the sweeper's list
-- ARGV: 1 the group's member of that list
-- returns: 1 when nothing is due any more, and the sweeper need not look; 0 when something is
-- invariant: a group with something due stays on the list
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
