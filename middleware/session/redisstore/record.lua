-- What save, touch and remove know of records; it stands before each of them.

-- number reads 8 bytes of v.
local function number(v, at)
  local hi, lo = struct.unpack('>I4I4', v, at)
  return hi * 4294967296 + lo
end

-- read returns the version, end, epoch and subject of a record; nil if it is none.
-- Version and epoch are the 8 bytes as they are stored.
local function read(v)
  if #v < 29 or string.byte(v) ~= 1 then return end
  local version, expires, n = string.sub(v, 2, 9), number(v, 10), struct.unpack('>I4', v, 26)
  if version == '\0\0\0\0\0\0\0\0' or expires >= 9007199254740992 or #v < 29 + n then return end
  return version, expires, string.sub(v, 18, 25), string.sub(v, 30, 29 + n)
end
