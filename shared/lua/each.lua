-- Many commands of the control plane as one: what `shared.bundle` gathers.
-- KEYS: none, or 1 a key that must hold ARGV 1. The commands name theirs themselves: the control plane is one server,
-- never a cluster (docs/architecture.md)
-- ARGV: 1 what that key must hold; then for each command how many words it has, and the words
-- returns: the answer of each; false, and does nothing, if the key holds something else
-- invariant: all of them or, if the first that writes is refused (full, read-only), none
if KEYS[1] and redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
local answers = {}
local at = 2
while at <= #ARGV do
  local last = at + tonumber(ARGV[at])
  answers[#answers + 1] = redis.call(unpack(ARGV, at + 1, last))
  at = last + 1
end
return answers
