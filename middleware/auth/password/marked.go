package password

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// legacyMark is what a hash needs in front to be taken although it is cheap to guess.
const legacyMark = "legacy:"

// Legacy admits a password hash that another program made, for a move from there, and
// returns the form in which a store keeps it. [Hasher.Verify] takes that form alone for
// the two kinds that are next to no protection should the store become public: {SHA}, which
// is SHA-1 without a salt, and apr1, a thousand rounds of MD5. They get "legacy:" in front,
// so that none comes into a store unasked, and those whose owners have not signed in
// since can be found. The other kinds need no admission, and are returned as they are.
//
// An error wraps [ErrFormat]: the hash is none that Verify takes. Of what Apache's htpasswd
// makes these are DES crypt (-d), which cuts passwords off, and plain text (-p).
func Legacy(hash string) (string, error) {
	if strings.HasPrefix(hash, apr1Prefix) || strings.HasPrefix(hash, sha1Prefix) {
		hash = legacyMark + hash
	}
	_, err := parse(hash, cost{})
	if err != nil {
		return "", err
	}
	return hash, nil
}

func parseLegacy(s string) (stored, error) {
	switch {
	case strings.HasPrefix(s, apr1Prefix):
		return parseAPR1(s)
	case strings.HasPrefix(s, sha1Prefix):
		return parseSHA1(s)
	}
	return nil, malformed("unknown format, marked as legacy")
}

// sha1Hash is one round of SHA-1 without a salt, what LDAP servers and htpasswd -s make.
type sha1Hash [sha1.Size]byte

const sha1Prefix = "{SHA}"

func parseSHA1(s string) (stored, error) {
	key, err := base64.StdEncoding.Strict().DecodeString(s[len(sha1Prefix):])
	if err != nil || len(key) != sha1.Size {
		return nil, malformed("{SHA} that is not base64 of %d bytes", sha1.Size)
	}
	return sha1Hash(key), nil
}

func (s sha1Hash) algorithm() string { return "sha1" }

func (s sha1Hash) accepts(string) bool { return true }

// work is that of a microsecond, too short to be told from none.
func (s sha1Hash) work(string) uint64 { return 0 }

func (s sha1Hash) matches(password string) bool {
	sum := sha1.Sum([]byte(password))
	return subtle.ConstantTimeCompare(sum[:], s[:]) == 1
}
