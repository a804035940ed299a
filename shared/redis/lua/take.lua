-- One call of a channel's token bucket (generic cell rate algorithm), by the server's clock.
-- KEYS: bucket, pause · ARGV: ms a token, burst · returns 0 and takes a token, or how many ms to wait.
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return pause end
local each = tonumber(ARGV[1])
if each <= 0 then return 0 end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
-- Also what is no time, or one no bucket of ours reaches.
local latest = now + math.max(86400000, 2 * (ARGV[2] + 1) * each)
if not (full_at and full_at >= now and full_at <= latest) then full_at = now end
local wait = full_at - (tonumber(ARGV[2]) - 1) * each - now
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], full_at + each, 'PX', math.ceil(full_at + each - now) + 1000)
return 0
