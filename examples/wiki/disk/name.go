package disk

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
)

// longest is how long a name may grow before its end becomes a digest. Every file
// system takes 255 bytes; Windows counts the whole path, up to 260.
const longest = 120

// Name turns any key into a file name that is safe on every system, and no two
// keys into the same one. Letters a to z, digits and - stay, a space becomes _, and
// every other byte becomes =XX: so there are no dots, separators or capital
// letters, and no device name of Windows (con, nul, com1 …). What would be too long
// ends in a digest of the whole key. The empty key has the name "=".
func Name(key string) string {
	if key == "" {
		return "="
	}
	var b strings.Builder
	for i := range len(key) {
		switch c := key[i]; {
		case 'a' <= c && c <= 'z' && !(i == 0 && reserved[key]), '0' <= c && c <= '9', c == '-' && i > 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('_')
		default:
			const hex = "0123456789abcdef"
			b.Write([]byte{'=', hex[c>>4], hex[c&15]})
		}
	}
	name := b.String()
	if len(name) <= longest {
		return name
	}
	sum := sha256.Sum256([]byte(key))
	// "==" begins no escape, so a shortened name is never another key's whole one.
	return name[:longest-30] + "==" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:26])
}

// Key is the reverse of Name. Of a name that ends in a digest it returns what the key
// begins with, and false; for what is no name at all, "" and false.
func Key(name string) (key string, whole bool) {
	begin, _, cut := strings.Cut(name, "==")
	if name == "=" {
		return "", true
	}
	var b []byte
	for i := 0; i < len(begin); i++ {
		switch c := begin[i]; {
		case c == '_':
			b = append(b, ' ')
		case c != '=':
			b = append(b, c)
		case cut && i+2 >= len(begin): // an escape that was cut through
			return string(b), false
		default:
			if i+2 >= len(begin) {
				return "", false
			}
			n, err := strconv.ParseUint(begin[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			b = append(b, byte(n))
			i += 2
		}
	}
	return string(b), !cut
}

// reserved are names that Windows gives to devices, whatever the extension.
var reserved = func() map[string]bool {
	m := map[string]bool{"con": true, "prn": true, "aux": true, "nul": true}
	for _, d := range "0123456789" {
		m["com"+string(d)], m["lpt"+string(d)] = true, true
	}
	return m
}()
