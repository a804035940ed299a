-- Puts something nobody can read among the dead letters, unless it lies there already.
-- KEYS: 1 a partition's dead letters
-- ARGV: 1 reason, 2 where it was found, 3 its beginning, 4 how many letters at most are looked through, newest first,
--       5 code and values of the reason
-- returns: 1 when it was put there, 0 when it lay there
-- invariant: whoever meets the same thing again, also after a crash, adds nothing
for _, letter in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[4])) do
  local fields = {}
  for i = 1, #letter[2], 2 do fields[letter[2][i]] = letter[2][i + 1] end
  if fields.entry == ARGV[2] and fields.payload == ARGV[3] then return 0 end
end
local letter = {'reason', ARGV[1], 'why', ARGV[5], 'entry', ARGV[2], 'payload', ARGV[3]}
redis.call('XADD', KEYS[1], 'MAXLEN', '~', '2000', '*', unpack(letter))
return 1
