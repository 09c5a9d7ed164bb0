package password

import (
	"crypto/md5"
	"crypto/subtle"
	"strings"
)

// apr1 is Apache's variant of MD5-crypt, what htpasswd makes when told nothing else:
// a thousand rounds of MD5 (apr_md5.c of the Apache Portable Runtime).
type apr1 struct{ salt, key string }

const apr1Prefix = "$apr1$"

// parseAPR1 reads $apr1$salt$key.
func parseAPR1(s string) (stored, error) {
	salt, key, _ := strings.Cut(s[len(apr1Prefix):], "$")
	switch {
	case !cryptSalt(salt, 8):
		return nil, malformed("apr1 whose salt is not 1 to 8 characters")
	case len(key) != 22 || !isCrypt64(key):
		return nil, malformed("apr1 whose key is not 22 characters of its alphabet")
	}
	return apr1{salt, key}, nil
}

func (a apr1) algorithm() string { return "apr1" }

func (a apr1) accepts(password string) bool { return len(password) < maxCrypt }

// work is measured, as is its growth with the password.
func (a apr1) work(password string) uint64 { return 200 + 4*uint64(len(password)) }

func (a apr1) matches(password string) bool {
	return subtle.ConstantTimeCompare([]byte(a.derive(password)), []byte(a.key)) == 1
}

func (a apr1) derive(password string) string {
	pass, salt := []byte(password), []byte(a.salt)
	sum := md5.Sum(join(pass, salt, pass))

	h := md5.New()
	h.Write(pass)
	h.Write([]byte(apr1Prefix))
	h.Write(salt)
	h.Write(stretch(sum[:], len(pass)))
	for n := len(pass); n > 0; n >>= 1 {
		if n&1 == 1 {
			h.Write([]byte{0})
		} else {
			h.Write(pass[:1])
		}
	}
	h.Sum(sum[:0])

	for round := range 1000 {
		h.Reset()
		cryptRound(h, round, sum[:], pass, salt)
		h.Sum(sum[:0])
	}

	key := make([]byte, 0, 22)
	for i := range 5 {
		last := i + 12
		if i == 4 {
			last = 5
		}
		key = appendCrypt64(key, sum[i], sum[i+6], sum[last], 4)
	}
	return string(appendCrypt64(key, 0, 0, sum[11], 2))
}
