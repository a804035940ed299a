-- What one API key publishes: its bytes an hour, and the plugins and metric names it and all keys bring in a day.
-- KEYS: 1 byte bucket of the key, 2 byte bucket of all, 3 plugins of the key, 4 plugins of all, 5 names of the key,
--       6 names of all (3 to 6: sets)
-- ARGV: 1 bytes, 2 bytes an hour of the key, 3 of all, 4 plugins of the key, 5 of all, 6 names of the key, 7 of all,
--       8 life of the sets in s, 9 count of plugins, then the plugins, then the names
-- returns: {ms to wait, 1 or 2 for whose bytes; 0, {}} when there were too many bytes (nothing is written), else
--          {0, 0, indices of the plugins refused, indices of the names refused}, counted from 0
-- invariant: no set holds more than its limit
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local full_at = {}
for i = 1, 2 do
  local each = 3600000 / tonumber(ARGV[1 + i])
  full_at[i] = math.max(tonumber(redis.call('GET', KEYS[i]) or now), now) + ARGV[1] * each
  -- A quarter of an hour's bytes may come at once.
  local wait = full_at[i] - 900000 - now
  if wait > 0 then return {math.ceil(wait), i, {}, {}} end
end
for i = 1, 2 do
  redis.call('SET', KEYS[i], string.format('%.0f', full_at[i]), 'PX', math.ceil(full_at[i] - now) + 1000)
end
local function admit(own, all, own_limit, all_limit, first, last)
  local refused = {}
  for i = first, last do
    if redis.call('SISMEMBER', own, ARGV[i]) == 0 then
      local room = redis.call('SCARD', own) < own_limit
      local known = redis.call('SISMEMBER', all, ARGV[i]) == 1
      if room and (known or redis.call('SCARD', all) < all_limit) then
        redis.call('SADD', own, ARGV[i])
        redis.call('SADD', all, ARGV[i])
      else
        refused[#refused + 1] = i - first
      end
    end
  end
  redis.call('EXPIRE', own, ARGV[8], 'NX')
  redis.call('EXPIRE', all, ARGV[8], 'NX')
  return refused
end
local names_at = 10 + tonumber(ARGV[9])
return {
  0,
  0,
  admit(KEYS[3], KEYS[4], tonumber(ARGV[4]), tonumber(ARGV[5]), 10, names_at - 1),
  admit(KEYS[5], KEYS[6], tonumber(ARGV[6]), tonumber(ARGV[7]), names_at, #ARGV),
}
