package password

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"hash"
	"io"
	"strings"
)

// shaCrypt is a hash by crypt(3)'s SHA-256 ("$5$") or SHA-512 ("$6$"), which Linux systems
// have in /etc/shadow and newer htpasswd makes when asked to (Ulrich Drepper, Unix crypt
// using SHA-256 and SHA-512, version 0.6).
type shaCrypt struct {
	kind      *shaKind
	rounds    int
	salt, key string
}

// shaKind is one of the two algorithms.
type shaKind struct {
	name  string
	new   func() hash.Hash
	speed uint64   // bytes for which its rounds take one unit of cost.work, measured
	order [][3]int // in which the bytes of the sum are written; -1 is a zero
}

var (
	sha256Crypt = shaKind{"sha256-crypt", sha256.New, 450, append(shaOrder(10, 2, 10, 20), [3]int{-1, 31, 30})}
	sha512Crypt = shaKind{"sha512-crypt", sha512.New, 225, append(shaOrder(21, 1, 21, 42), [3]int{-1, -1, 63})}
)

// shaOrder returns n triples that begin with 0, one column and twice that, each further one
// a step on in another column.
func shaOrder(n, turn, second, third int) (order [][3]int) {
	columns := [3]int{0, second, third}
	for i := range n {
		at := i * turn % 3
		order = append(order, [3]int{columns[at] + i, columns[(at+1)%3] + i, columns[(at+2)%3] + i})
	}
	return order
}

// Rounds of a stored hash. The first two are the algorithm's; with the last a check takes
// two seconds of a core, or seven for the longest password, as long as bcrypt can.
const (
	defaultRounds = 5000
	minRounds     = 1000
	maxRounds     = 5_000_000
)

// parseSHACrypt reads $5$salt$key or $5$rounds=…$salt$key, and the same with 6.
func parseSHACrypt(s string) (stored, error) {
	c := shaCrypt{kind: &sha256Crypt, rounds: defaultRounds}
	length := 43
	if s[1] == '6' {
		c.kind, length = &sha512Crypt, 86
	}
	fields := strings.Split(s[len("$5$"):], "$")
	if digits, ok := strings.CutPrefix(fields[0], "rounds="); ok {
		n, fine := decimal(digits)
		if !fine || n < minRounds || n > maxRounds {
			return nil, malformed("%s whose rounds are not %d to %d", c.kind.name, minRounds, maxRounds)
		}
		c.rounds, fields = int(n), fields[1:]
	}
	if len(fields) != 2 || !cryptSalt(fields[0], 16) {
		return nil, malformed("%s whose salt is not 1 to 16 characters", c.kind.name)
	}
	c.salt, c.key = fields[0], fields[1]
	if len(c.key) != length || !isCrypt64(c.key) {
		return nil, malformed("%s whose key is not %d characters of its alphabet", c.kind.name, length)
	}
	return c, nil
}

func (c shaCrypt) algorithm() string { return c.kind.name }

func (c shaCrypt) accepts(password string) bool { return len(password) < maxCrypt }

func (c shaCrypt) work(password string) uint64 {
	const besides = 85 // what a round hashes or does besides the password, in its bytes
	return uint64(c.rounds) * uint64(besides+len(password)) / c.kind.speed
}

func (c shaCrypt) matches(password string) bool {
	return subtle.ConstantTimeCompare([]byte(c.derive(password)), []byte(c.key)) == 1
}

// derive follows the 22 steps of the specification.
func (c shaCrypt) derive(password string) string {
	pass, salt := []byte(password), []byte(c.salt)
	h := c.kind.new()
	h.Write(join(pass, salt, pass))
	second := h.Sum(nil)

	h.Reset()
	h.Write(pass)
	h.Write(salt)
	h.Write(stretch(second, len(pass)))
	for n := len(pass); n > 0; n >>= 1 {
		if n&1 == 1 {
			h.Write(second)
		} else {
			h.Write(pass)
		}
	}
	sum := h.Sum(nil)

	h.Reset()
	for range pass {
		h.Write(pass)
	}
	p := stretch(h.Sum(nil), len(pass))

	h.Reset()
	for range 16 + int(sum[0]) {
		h.Write(salt)
	}
	s := stretch(h.Sum(nil), len(salt))

	for round := range c.rounds {
		h.Reset()
		cryptRound(h, round, sum, p, s)
		sum = h.Sum(sum[:0])
	}
	return c.kind.text(sum)
}

func (k *shaKind) text(sum []byte) string {
	var key []byte
	for _, from := range k.order {
		var b [3]byte
		n := 1
		for i, at := range from {
			if at >= 0 {
				b[i] = sum[at]
				n++
			}
		}
		key = appendCrypt64(key, b[0], b[1], b[2], n)
	}
	return string(key)
}

// cryptRound is one round of MD5-crypt, which SHA-crypt took over: what is hashed, and in
// which order, depends on the round's number.
func cryptRound(h io.Writer, round int, sum, pass, salt []byte) {
	first, last := sum, pass
	if round&1 == 1 {
		first, last = pass, sum
	}
	_, _ = h.Write(first)
	if round%3 != 0 {
		_, _ = h.Write(salt)
	}
	if round%7 != 0 {
		_, _ = h.Write(pass)
	}
	_, _ = h.Write(last)
}

// stretch returns n bytes of sum, repeated as often as that takes.
func stretch(sum []byte, n int) []byte {
	return bytes.Repeat(sum, n/len(sum)+1)[:n]
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
