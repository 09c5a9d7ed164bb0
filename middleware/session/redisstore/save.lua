-- Stores a record if nobody else did in the meantime.
--
-- KEYS[1]  the record
-- ARGV[1]  8 bytes: the version it is based on; 0 creates it
-- ARGV[2]  now, ms
-- ARGV[3]  when the key expires, ms
-- ARGV[4]  the value; its epoch counts at a login only
-- ARGV[5]  '1': the subject may change
--
-- Answers o, and the version and epoch that are stored now; c conflict; g gone;
-- f the stored value cannot be read; l, and what is stored, when the subject would change.
local old, new = redis.call('GET', KEYS[1]), ARGV[4]
local creates = ARGV[1] == '\0\0\0\0\0\0\0\0'
if old then
  if #old < 29 or string.byte(old) ~= 1 then return 'f' end
  local hi, lo = struct.unpack('>I4I4', old, 10)
  if hi * 4294967296 + lo <= tonumber(ARGV[2]) then old = false end
end
if not old then
  if not creates then return 'g' end
elseif creates or string.sub(old, 2, 9) ~= ARGV[1] then
  return 'c'
else
  local n, m = struct.unpack('>I4', old, 26), struct.unpack('>I4', new, 26)
  if #old < 29 + n then return 'f' end
  if n == m and string.sub(old, 30, 29 + n) == string.sub(new, 30, 29 + m) then
    new = string.sub(new, 1, 17) .. string.sub(old, 18, 25) .. string.sub(new, 26)
  elseif ARGV[5] ~= '1' then
    return 'l' .. string.sub(old, 2, 9) .. string.sub(old, 18, 25) .. string.sub(old, 30, 29 + n)
  end
end
redis.call('SET', KEYS[1], new, 'PXAT', ARGV[3])
return 'o' .. string.sub(new, 2, 9) .. string.sub(new, 18, 25)
