-- Begins a new epoch of a subject.
--
-- KEYS[1]  the subject's epoch
-- ARGV[1]  how long the key is kept, ms
-- ARGV[2]  the ids of the excepted sessions, 32 bytes each
--
-- Answers the 8 bytes of the new epoch; f when the stored value cannot be read.
--
-- Epochs are times, so that one that follows a key which has expired is later than
-- those before; the clock may stand still or go back, epochs never do.
local old = redis.call('GET', KEYS[1])
local was, since = '\0\0\0\0\0\0\0\0', {}
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if old then
  if #old < 9 or string.byte(old) ~= 1 or (#old - 9) % 40 ~= 0 then return 'f' end
  was = string.sub(old, 2, 9)
  local hi, lo = struct.unpack('>I4I4', was)
  now = math.max(now, hi * 4294967296 + lo + 1)
  for i = 10, #old, 40 do
    since[string.sub(old, i, i + 31)] = string.sub(old, i + 32, i + 39)
  end
end
local epoch = struct.pack('>I4I4', math.floor(now / 4294967296), now % 4294967296)
local value = {'\1', epoch}
for i = 1, #ARGV[2], 32 do
  local id = string.sub(ARGV[2], i, i + 31)
  value[#value + 1] = id .. (since[id] or was)
end
redis.call('SET', KEYS[1], table.concat(value), 'PX', ARGV[1])
return epoch
