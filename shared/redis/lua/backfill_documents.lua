-- Adds rules or silences as they are to the records: so the archive learns of what was there before it.
-- KEYS: 1 the records
-- ARGV: 1 the hash of the documents, 2 the name of the entry's field, 3 how many entries the stream may have, then ids. The
--       recorder may only read the hash, and what is in KEYS must be writable.
-- returns: nothing
-- invariant: an entry holds a document as it is at the entry's place in the stream
for i = 4, #ARGV do
  local document = redis.call('HGET', ARGV[1], ARGV[i])
  if document then redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', ARGV[2], document) end
end
