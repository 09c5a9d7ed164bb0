-- Removes a record of a subject that is older than an epoch. Whoever signed in since
-- with the same session keeps it.
--
-- KEYS[1]  the record
-- ARGV[1]  the subject
-- ARGV[2]  the epoch, decimal
local old = redis.call('GET', KEYS[1])
if not old or #old < 29 or string.byte(old) ~= 1 then return 0 end
local n = struct.unpack('>I4', old, 26)
if string.sub(old, 30, 29 + n) ~= ARGV[1] then return 0 end
local hi, lo = struct.unpack('>I4I4', old, 18)
if hi * 4294967296 + lo >= tonumber(ARGV[2]) then return 0 end
return redis.call('UNLINK', KEYS[1])
