-- A job has told what it could: that is in hand no more, the rest is due again, and the group is given up unless there is
-- more to tell now.
-- KEYS: 1 claim, 2 the group's due set, 3 the sweeper's list, 4 the group's window, 5 what the job has in hand
-- ARGV: 1 claim value, 2 the group's member of the sweeper's list, 3 ms for which its window opens (0: it does not), 4 when
--       to look again, ms ('': the caller goes on at once), then the id of each that has nothing to tell
-- returns: 1 when the group is given up, 0 when the caller shall go on, -1 when the claim is no longer its
-- invariant: what has changed since it was taken up is due since then; a group with something due stays on the list
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
-- Lua unpacks 8,000 words at most.
for first = 5, #ARGV, 4000 do redis.call('SREM', KEYS[5], unpack(ARGV, first, math.min(first + 3999, #ARGV))) end
if redis.call('EXISTS', KEYS[5]) == 1 then
  redis.call('SUNIONSTORE', KEYS[2], KEYS[2], KEYS[5])
  redis.call('DEL', KEYS[5])
end
if ARGV[3] ~= '0' then redis.call('SET', KEYS[4], '', 'PX', ARGV[3]) end
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('ZREM', KEYS[3], ARGV[2])
elseif ARGV[4] == '' then
  return 0
else
  redis.call('ZADD', KEYS[3], 'XX', ARGV[4], ARGV[2])
end
redis.call('DEL', KEYS[1])
return 1
