-- KEYS: 1 a zset of alert ids
-- ARGV: 1 what their records' keys begin with, 2 ZRANGEBYSCORE or ZREVRANGEBYSCORE, 3 and 4 its bounds, 5 offset, 6 count
--       (1,000 at most), 7 the least score that counts for the total, 8 how many records are wanted as one text, or 0
-- returns: ids and scores, one after the other; their records (false if one is gone); the total. Or, if records are wanted as
--          one text and none is gone: ids and scores from the last wanted on; those wanted, joined by commas; the total
local found = redis.call(ARGV[2], KEYS[1], ARGV[3], ARGV[4], 'WITHSCORES', 'LIMIT', ARGV[5], ARGV[6])
local total = redis.call('ZCOUNT', KEYS[1], ARGV[7], '+inf')
if #found == 0 then return {found, {}, total} end
local places = {}
for i = 1, #found, 2 do places[#places + 1] = ARGV[1] .. found[i] end
local records = redis.call('MGET', unpack(places))
local wanted = math.min(tonumber(ARGV[8]), #records)
for i = 1, #records do
  if wanted == 0 or not records[i] then return {found, records, total} end
end
return {{unpack(found, 2 * wanted - 1)}, table.concat(records, ',', 1, wanted), total}
