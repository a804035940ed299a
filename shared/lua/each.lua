-- Many commands of the control plane as one: what `shared.bundle` gathers.
-- KEYS: none, or 1 a key that must hold ARGV 1. The commands name theirs themselves: the control plane is one server,
-- never a cluster (docs/architecture.md)
-- ARGV: 1 what that key must hold, 2 the commands: a list of lists of words, as msgpack, for to take one long word apart
-- costs a tenth of taking ten thousand short ones
-- returns: the answer of each; false, and does nothing, if the key holds something else
-- invariant: all of them or, if the first that writes is refused (full, read-only), none
if KEYS[1] and redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
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
