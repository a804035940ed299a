-- KEYS: 1 lease, 2 (optional) alive
-- ARGV: 1 "holder:token", 2 length in ms
-- returns: 1 when renewed, 0 when it is no longer ours
-- invariant: only the holder lengthens a lease; an expired one is never revived. `alive` is the server's time in ms at
-- which the holder was last at work
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if KEYS[2] then
  local now = redis.call('TIME')
  redis.call('SET', KEYS[2], string.format('%d', now[1] * 1000 + math.floor(now[2] / 1000)))
end
return 1
