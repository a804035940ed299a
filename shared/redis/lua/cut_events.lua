-- Cuts a partition's stream that takes too much room, oldest first; so what was evaluated goes before what was not.
-- KEYS: 1 lease, 2 events
-- ARGV: 1 lease value, 2 bytes to leave, 3 the id after the position of the checkpoint
-- returns: false when the lease is not ours; else id of the oldest entry left ('' if none), and how many were cut ever
-- invariant: only the holder of the lease cuts, and at least the newest entry stays unless it was evaluated
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
local most = tonumber(ARGV[2])
local function size() return redis.call('MEMORY', 'USAGE', KEYS[2], 'SAMPLES', 0) or 0 end
local length, bytes = redis.call('XLEN', KEYS[2]), size()
while bytes > most and length > 1 do
  -- Entries differ in size, so the share is a guess; each turn leaves fewer.
  length = math.max(1, math.min(length - 1, math.floor(length * most / bytes)))
  redis.call('XTRIM', KEYS[2], 'MAXLEN', length)
  bytes = size()
end
if bytes > most then redis.call('XTRIM', KEYS[2], 'MINID', ARGV[3]) end
local about = redis.call('XINFO', 'STREAM', KEYS[2])
local of = {}
for i = 1, #about, 2 do of[about[i]] = about[i + 1] end
local oldest = of['first-entry']
return {oldest and oldest[1] or '', of['entries-added'] - of['length']}
