-- Many commands of the control plane as one: what `shared.bundle` gathers.
-- KEYS: none; the commands name theirs. The control plane is one server, never a cluster (docs/architecture.md)
-- ARGV: for each command how many words it has, then the words
-- returns: the answer of each
-- invariant: all of them or, if the first that writes is refused (full, read-only), none
local answers = {}
local at = 1
while at <= #ARGV do
  local last = at + tonumber(ARGV[at])
  answers[#answers + 1] = redis.call(unpack(ARGV, at + 1, last))
  at = last + 1
end
return answers
