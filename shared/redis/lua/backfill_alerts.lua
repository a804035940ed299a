-- Adds alerts as they are, with their timelines, to the records: so the archive learns of what was there before it.
-- KEYS: 1 the records
-- ARGV: 1 what the records' keys begin with, 2 what timelines' keys end with, 3 the history (zset), 4 how many entries the
--       stream may have, then ids. The recorder may only read these keys, and what is in KEYS must be writable.
-- returns: nothing
-- invariant: an entry holds an alert and its whole timeline as they are at the entry's place in the stream
for i = 5, #ARGV do
  local key = ARGV[1] .. ARGV[i]
  local document = redis.pcall('GET', key)
  if type(document) == 'string' then
    local lines = redis.pcall('LRANGE', key .. ARGV[2], 0, -1)
    if lines.err then lines = {} end
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'alert', document, 'lines', table.concat(lines, '\n'),
      'first', redis.call('ZSCORE', ARGV[3], ARGV[i]) or '')
  end
end
