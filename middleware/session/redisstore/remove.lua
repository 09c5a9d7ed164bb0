-- Removes a record of a subject that is older than an epoch. Whoever signed in since
-- with the same session keeps it.
--
-- KEYS[1]  the record
-- ARGV[1]  the subject
-- ARGV[2]  the epoch, decimal
local old = redis.call('GET', KEYS[1])
if not old then return 0 end
local version, _, epoch, subject = read(old)
if not version or subject ~= ARGV[1] or number(epoch, 1) >= tonumber(ARGV[2]) then return 0 end
return redis.call('UNLINK', KEYS[1])
