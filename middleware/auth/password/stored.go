package password

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// stored is a hash string taken apart.
type stored interface {
	algorithm() string
	accepts(password string) bool // false: the algorithm would not take it, or not see all of it
	matches(password string) bool // spends the operation
	work(password string) uint64  // it takes, in the unit of cost.work
}

// parse takes a hash string apart. It returns an error that wraps [ErrFormat] for one
// of another kind, and for one whose parameters are impossible or would cost far more
// than own: a stored hash may come from an import, and must not be able to stop the
// server.
func parse(s string, own cost) (stored, error) {
	switch {
	case strings.HasPrefix(s, "$argon2id$"):
		return parseArgon2id(s, own)
	case strings.HasPrefix(s, "$2a$"), strings.HasPrefix(s, "$2b$"), strings.HasPrefix(s, "$2y$"):
		return parseBcrypt(s)
	case strings.HasPrefix(s, "$scrypt$"):
		return parseScrypt(s)
	case strings.HasPrefix(s, "$5$"), strings.HasPrefix(s, "$6$"):
		return parseSHACrypt(s)
	case strings.HasPrefix(s, legacyMark):
		return parseLegacy(s[len(legacyMark):])
	case strings.HasPrefix(s, apr1Prefix), strings.HasPrefix(s, sha1Prefix):
		return nil, malformed("apr1 or {SHA} that has not been through password.Legacy")
	case len(s) == 13 && isCrypt64(s):
		return nil, malformed("13 characters, as DES crypt(3) has, which sees no more than 8 of a password's")
	}
	return nil, malformed("unknown format")
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// Lengths that a stored salt and key may have, in bytes.
const (
	minSalt, maxSalt = 8, 64
	minKey, maxKey   = 16, 64
)

// saltAndKey decodes the last two fields of the PHC string format: base64 without
// padding.
func saltAndKey(salt64, key64 string) (salt, key []byte, err error) {
	b64 := base64.RawStdEncoding.Strict()
	if salt, err = b64.DecodeString(salt64); err != nil || len(salt) < minSalt || len(salt) > maxSalt {
		return nil, nil, malformed("its salt is not base64 of %d to %d bytes", minSalt, maxSalt)
	}
	if key, err = b64.DecodeString(key64); err != nil || len(key) < minKey || len(key) > maxKey {
		return nil, nil, malformed("its key is not base64 of %d to %d bytes", minKey, maxKey)
	}
	return salt, key, nil
}

// parameters reads "a=1,b=2" with exactly the given names in that order, and each value
// a decimal number from 1 without leading zeros or signs.
func parameters(s string, names ...string) ([]uint32, error) {
	fields := strings.Split(s, ",")
	if len(fields) != len(names) {
		return nil, malformed("its parameters are not %s", strings.Join(names, ", "))
	}
	values := make([]uint32, len(names))
	for i, field := range fields {
		digits, ok := strings.CutPrefix(field, names[i]+"=")
		n, fine := decimal(digits)
		if !ok || !fine {
			return nil, malformed("its parameter %s is not a possible number", names[i])
		}
		values[i] = n
	}
	return values, nil
}

func decimal(s string) (n uint32, ok bool) {
	if s == "" || len(s) > 9 || s[0] == '0' { // nine digits fit a uint32
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + uint32(s[i]-'0')
	}
	return n, true
}
