-- Adds an unreadable entry or record to the dead letters, unless they contain it already.
-- KEYS: 1 a partition's dead letters
-- ARGV: 1 reason, 2 where the body was found, 3 its first bytes, 4 how many letters are searched, newest first,
--       5 code and values of the reason
-- returns: 1 if a letter was added, 0 if one existed
-- invariant: parking the same body again, also after a crash, adds nothing
for _, letter in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[4])) do
  local fields = {}
  for i = 1, #letter[2], 2 do fields[letter[2][i]] = letter[2][i + 1] end
  if fields.entry == ARGV[2] and fields.payload == ARGV[3] then return 0 end
end
local letter = {'reason', ARGV[1], 'why', ARGV[5], 'entry', ARGV[2], 'payload', ARGV[3]}
redis.call('XADD', KEYS[1], 'MAXLEN', '~', '2000', '*', unpack(letter))
return 1
