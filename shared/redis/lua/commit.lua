-- The one atomic step of the evaluator: what a batch changed, and the position it reached.
-- KEYS: 1 lease, 2 events, 3 snapshots, 4 outbox, 5 dead letters, 6 how far the clock was judged,
--       7… one cooldown key per cooldown begun
-- ARGV: 1 lease value, 2 lease length ms, 3 group, 4 position ('' = unchanged), 5 entries read in all,
--       6 how far the clock was judged (0 = unknown), 7 count of snapshots set, then field, value each; count deleted, then field each; count of outbox entries, then
--       one each; count of dead letters, then reason, why, entry, payload each; count of cooldowns, then alert id, ms each
-- returns: 1 when committed, 0 when the lease is not ours (nothing is written)
-- invariant: position, clock, snapshots, cooldowns and outbox move together, and only for the holder of the lease
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local at = 7
local function take()
  local value = ARGV[at]
  at = at + 1
  return value
end
-- A call costs several times what a word of it does; and Lua unpacks 8,000 words at most.
local function call_with(verb, words)
  local last = at + words - 1
  while at <= last do
    local some = math.min(at + 3999, last)
    redis.call(verb, KEYS[3], unpack(ARGV, at, some))
    at = some + 1
  end
end
call_with('HSET', 2 * take())
call_with('HDEL', tonumber(take()))
for _ = 1, tonumber(take()) do redis.call('XADD', KEYS[4], '*', 't', take()) end
for _ = 1, tonumber(take()) do
  local reason, why, entry = take(), take(), take()
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', '2000', '*', 'reason', reason, 'why', why, 'entry', entry, 'payload', take())
end
for i = 1, tonumber(take()) do
  local alert = take()
  redis.call('SET', KEYS[6 + i], alert, 'PX', take())
end
if tonumber(ARGV[6]) > 0 then redis.call('SET', KEYS[6], ARGV[6]) end
if ARGV[4] ~= '' then
  redis.call('XGROUP', 'SETID', KEYS[2], ARGV[3], ARGV[4], 'ENTRIESREAD', ARGV[5])
end
return 1
