-- Notes when an API key was last used.
-- Invariant: only keys that exist have a last use.
-- KEYS: API keys, their last uses · ARGV: key id, ms · returns: 1 if it was noted, 0 if there is no such key (any more)
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 1
