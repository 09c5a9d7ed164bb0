-- Enters a session into the list of its subject, or keeps it there for longer, and
-- drops those that have expired.
--
-- KEYS[1]  the list: ids, with the time until which they are kept
-- ARGV[1]  the id
-- ARGV[2]  until when to keep it, ms
-- ARGV[3]  now, ms
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if last[2] then redis.call('PEXPIREAT', KEYS[1], last[2]) end
return 'o'
