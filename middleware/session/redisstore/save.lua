-- Stores a record if nobody else did in the meantime.
--
-- KEYS[1]  the record
-- ARGV[1]  8 bytes: the version it is based on; 0 creates it
-- ARGV[2]  now, ms
-- ARGV[3]  when the key expires, ms
-- ARGV[4]  the value; its epoch counts at a login only
-- ARGV[5]  '1': the subject may change
--
-- Answers o, and the version and epoch that are stored now; c conflict; g gone; f the
-- stored value cannot be read; l, and version, epoch and subject that are stored, when
-- the subject would change.
local old, new = redis.call('GET', KEYS[1]), ARGV[4]
local creates = ARGV[1] == '\0\0\0\0\0\0\0\0'
local version, expires, epoch, subject
if old then
  version, expires, epoch, subject = read(old)
  if not version then return 'f' end
end
if not old or expires <= tonumber(ARGV[2]) then
  if not creates then return 'g' end
elseif creates or version ~= ARGV[1] then
  return 'c'
else
  local _, _, _, becomes = read(new)
  if subject == becomes then
    new = string.sub(new, 1, 17) .. epoch .. string.sub(new, 26)
  elseif ARGV[5] ~= '1' then
    return 'l' .. version .. epoch .. subject
  end
end
redis.call('SET', KEYS[1], new, 'PXAT', ARGV[3])
return 'o' .. string.sub(new, 2, 9) .. string.sub(new, 18, 25)
