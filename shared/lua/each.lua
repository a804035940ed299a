-- Many commands of the control plane as one: what `shared.bundle` gathers.
-- KEYS: those that must hold what ARGV 1 says. The commands name theirs themselves: the control plane is one server,
-- never a cluster (docs/architecture.md)
-- ARGV: 1 what these keys must hold, false for one that must not be there; 2 the commands: a list of lists of words. Both
-- as msgpack, for to take one long word apart costs a tenth of taking ten thousand short ones
-- returns: the answer of each; false, and does nothing, if a key holds something else
-- invariant: all of them or, if the first that writes is refused (full, read-only), none
if KEYS[1] then
  local held = redis.call('MGET', unpack(KEYS))
  for i, wanted in ipairs(cmsgpack.unpack(ARGV[1])) do
    if held[i] ~= wanted then return false end
  end
end
local answers = {}
for i, words in ipairs(cmsgpack.unpack(ARGV[2])) do
  if words[1] == 'COUNT' then
    -- HINCRBY of many fields, read together and written together: a call costs several times what a word of it does.
    local fields = {}
    for field = 3, #words, 2 do fields[#fields + 1] = words[field] end
    for n, count in ipairs(redis.call('HMGET', words[2], unpack(fields))) do
      words[2 + 2 * n] = string.format('%d', (count or 0) + words[2 + 2 * n])
    end
    words[1] = 'HSET'
  end
  answers[i] = redis.call(unpack(words))
end
return answers
