-- KEYS: 1 lease, 2 (optional) alive, 3 (optional, with 2) stream
-- ARGV: 1 "holder:token", 2 length in ms, 3 (with KEYS 3) position
-- returns: 0 when it is no longer ours; else 1, or, if KEYS 3 holds no entry beyond the position, the server's time in ms
-- invariant: only the holder lengthens a lease; an expired one is never revived. `alive` is the server's time in ms at
-- which the holder was last at work. Entries added later have ids of the time returned, or later ones
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if KEYS[2] then
  local now = redis.call('TIME')
  local ms = now[1] * 1000 + math.floor(now[2] / 1000)
  redis.call('SET', KEYS[2], string.format('%d', ms))
  if KEYS[3] and #redis.call('XRANGE', KEYS[3], '(' .. ARGV[3], '+', 'COUNT', 1) == 0 then return ms end
end
return 1
