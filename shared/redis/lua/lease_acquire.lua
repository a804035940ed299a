-- KEYS: 1 lease, 2 fence
-- ARGV: 1 holder, 2 length in ms
-- returns: "holder:token" when taken, false when somebody else holds it
-- invariant: at most one holder, and every holding has a token higher than all before it. A holder that lost track of its
-- own lease (its connection broke) takes it anew with a new token; what it sent under the old one is refused
local value = redis.call('GET', KEYS[1])
if value and string.sub(value, 1, #ARGV[1] + 1) ~= ARGV[1] .. ':' then return false end
value = ARGV[1] .. ':' .. redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], value, 'PX', ARGV[2])
return value
