-- A job takes a group up: it claims it, or its claim lasts anew, and reads what it must know, as one.
-- KEYS: 1 claim, 2 the word that a job waits, 3 the group's due set, 4 the sweeper's list, 5 the channels' configurations,
--       6 what a job of the group has in hand
-- ARGV: 1 claim value, 2 its length in ms, 3 the caller's time in ms, 4 how many ms after a claim's end the sweeper looks,
--       5 channel, 6 the group's member of the sweeper's list, 7 what the records' keys begin with, 8 what the ledgers'
--       end with, 9 of how many alerts at most
-- returns: false while another job holds the group; else the channel's configuration (false if there is none), the ids of
--          all that are due, in order, and of the first of them the records, and the lines of the ledger ('?', which nobody
--          can read, where there was no ledger but a key of another type)
-- invariant: what is in hand stays there until it is told or settled, whoever dies; what becomes due later finds no word of
--            this job waiting; should the claim's holder die, the sweeper comes
local holder = redis.call('GET', KEYS[1])
-- A claim that lasts for ever is nobody's.
if holder and holder ~= ARGV[1] and redis.call('PTTL', KEYS[1]) >= 0 then
  local free_at = ARGV[3] + math.max(0, redis.call('PTTL', KEYS[1]))
  redis.call('ZADD', KEYS[4], 'XX', 'LT', free_at + ARGV[4], ARGV[6])
  redis.call('DEL', KEYS[2])
  return false
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('ZADD', KEYS[4], 'XX', ARGV[3] + ARGV[2] + ARGV[4], ARGV[6])
redis.call('DEL', KEYS[2])
if redis.call('EXISTS', KEYS[6]) == 1 then
  -- Of a job that died.
  redis.call('SUNIONSTORE', KEYS[6], KEYS[6], KEYS[3])
  redis.call('DEL', KEYS[3])
elseif redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('RENAME', KEYS[3], KEYS[6])
end
local ids = redis.call('SMEMBERS', KEYS[6])
table.sort(ids)
local records, lines = {}, {}
for i = 1, math.min(#ids, tonumber(ARGV[9])) do
  records[i] = ARGV[7] .. ids[i]
  local line = redis.pcall('HGET', records[i] .. ARGV[8], ARGV[5])
  if type(line) == 'table' then
    -- It is no hash, so none of ours, and would keep the whole group from being told.
    redis.call('DEL', records[i] .. ARGV[8])
    line = '?'
  end
  lines[i] = line
end
return {redis.call('HGET', KEYS[5], ARGV[5]), ids, records[1] and redis.call('MGET', unpack(records)) or {}, lines}
