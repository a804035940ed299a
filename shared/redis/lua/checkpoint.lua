-- KEYS: 1 lease, 2 checkpoint
-- ARGV: 1 lease value, 2 stream position, 3 memory (msgpack), 4 revision of the rules its windows were kept for,
--       5 ticks of fleet rules that are not decided yet, 6 what renewals changed of external alerts (msgpack)
-- returns: 1 when written, 0 when the lease is not ours
-- invariant: memory is that of exactly this position; an old owner cannot overwrite a newer owner's
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], 'id', ARGV[2], 'memory', ARGV[3], 'revision', ARGV[4], 'fleet', ARGV[5], 'external', ARGV[6])
return 1
