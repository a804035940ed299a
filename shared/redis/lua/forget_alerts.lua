-- Removes every alert there is at this moment, for a restore to put others in their place.
-- KEYS: the board, the history. ARGV: what an alert's key begins with.
for _, place in ipairs(KEYS) do
  for _, id in ipairs(redis.call('ZRANGE', place, 0, -1)) do
    local key = ARGV[1] .. id
    redis.call('DEL', key, key .. ':timeline', key .. ':ledger')
  end
  redis.call('DEL', place)
end
