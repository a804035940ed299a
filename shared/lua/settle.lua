-- A job has told what it could: what is told is due no more, and the group is given up unless there is more to tell now.
-- KEYS: 1 claim, 2 the group's due set, 3 the sweeper's list, 4 the group's window
-- ARGV: 1 claim value, 2 the group's member of the sweeper's list, 3 ms for which its window opens (0: it does not), 4 when
--       to look again, ms ('': the caller goes on at once), 5 what the records' keys begin with, then id and record as
--       read ('': there was none) of each that has nothing to tell
-- returns: 1 when the group is given up, 0 when the caller shall go on, -1 when the claim is no longer its
-- invariant: an alert that has changed since it was read stays due; a group with something due stays on the list
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
-- A call costs several times what a word of it does; and Lua unpacks 8,000 words at most.
for first = 6, #ARGV, 4000 do
  local last = math.min(first + 3998, #ARGV - 1)
  local records, told = {}, {}
  for i = first, last, 2 do records[#records + 1] = ARGV[5] .. ARGV[i] end
  for n, record in ipairs(redis.call('MGET', unpack(records))) do
    if (record or '') == ARGV[first + 2 * n - 1] then told[#told + 1] = ARGV[first + 2 * n - 2] end
  end
  if told[1] then redis.call('SREM', KEYS[2], unpack(told)) end
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
