-- Moves the end of a record.
--
-- KEYS[1]  the record
-- ARGV[1]  now, ms
-- ARGV[2]  when the key expires, ms
-- ARGV[3]  8 bytes: when the record ends
--
-- Answers o, the record's version, epoch and subject; g gone; f it cannot be read.
local old = redis.call('GET', KEYS[1])
if not old then return 'g' end
local version, expires, epoch, subject = read(old)
if not version then return 'f' end
if expires <= tonumber(ARGV[1]) then return 'g' end
-- A script that has written already may go on when the server is full, so the one that
-- takes no memory comes first. A time in the past removes the key.
redis.call('PEXPIREAT', KEYS[1], ARGV[2])
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('SETRANGE', KEYS[1], 9, ARGV[3]) end
return 'o' .. version .. epoch .. subject
