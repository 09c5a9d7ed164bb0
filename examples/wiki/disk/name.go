package disk

import (
	"crypto/sha256"
	"encoding/base32"
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

// reserved are names that Windows gives to devices, whatever the extension.
var reserved = func() map[string]bool {
	m := map[string]bool{"con": true, "prn": true, "aux": true, "nul": true}
	for _, d := range "0123456789" {
		m["com"+string(d)], m["lpt"+string(d)] = true, true
	}
	return m
}()
