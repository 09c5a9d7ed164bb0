package password

import (
	"crypto/subtle"
	"strings"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// maxBcryptCost is the highest that Apache's htpasswd makes: some eight seconds of a core.
const maxBcryptCost = 17

// bcryptHash is a hash of 60 characters, as $2a$, $2b$ or $2y$; the three differ only
// in which faults of old implementations they exclude.
type bcryptHash string

func parseBcrypt(s string) (stored, error) {
	const length = 60
	if len(s) != length || s[6] != '$' || !isCrypt64(s[7:]) {
		return nil, malformed("bcrypt that is not 60 characters of its alphabet")
	}
	cost, err := bcrypt.Cost([]byte(s))
	if err != nil {
		return nil, malformed("bcrypt without a possible cost")
	}
	if cost > maxBcryptCost {
		return nil, malformed("bcrypt of cost %d, more than %d", cost, maxBcryptCost)
	}
	return bcryptHash(s), nil
}

func (b bcryptHash) algorithm() string { return "bcrypt" }

// accepts refuses what bcrypt would cut off: two long passwords that share their first
// 72 bytes would otherwise open each other's account.
func (b bcryptHash) accepts(password string) bool { return len(password) <= 72 }

// work is measured: cost 4 takes as long as argon2id takes over 1.6 MiB, and each further
// step twice that.
func (b bcryptHash) work(string) uint64 {
	cost, _ := bcrypt.Cost([]byte(b)) // parsed before
	return 100 << cost
}

func (b bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(b), []byte(password)) == nil
}

// scryptHash is a hash in the PHC form that passlib writes (RFC 7914 has none).
type scryptHash struct {
	n, r, p   int
	salt, key []byte
}

// parseScrypt reads $scrypt$ln=…,r=…,p=…$salt$key.
func parseScrypt(s string) (stored, error) {
	fields := strings.Split(s, "$")
	if len(fields) != 5 {
		return nil, malformed("scrypt that has not four fields")
	}
	v, err := parameters(fields[2], "ln", "r", "p")
	if err != nil {
		return nil, err
	}
	ln, r, p := v[0], v[1], v[2]
	// 128·N·r bytes of memory (RFC 7914 §5), gone through p times.
	if ln > 24 || r > 64 || p > 64 || uint64(128*r)<<ln > maxMemory<<10 || uint64(128*r*p)<<ln > maxWork<<10 {
		return nil, malformed("scrypt with ln=%d, r=%d, p=%d, more than one check may take", ln, r, p)
	}
	salt, key, err := saltAndKey(fields[3], fields[4])
	if err != nil {
		return nil, err
	}
	return scryptHash{1 << ln, int(r), int(p), salt, key}, nil
}

func (s scryptHash) algorithm() string { return "scrypt" }

func (s scryptHash) accepts(string) bool { return true }

// work is measured: scrypt takes up to four times as long as argon2id for its memory.
func (s scryptHash) work(string) uint64 {
	return 4 * 128 * uint64(s.n) * uint64(s.r) * uint64(s.p) >> 10
}

func (s scryptHash) matches(password string) bool {
	key, err := scrypt.Key([]byte(password), s.salt, s.n, s.r, s.p, len(s.key))
	return err == nil && subtle.ConstantTimeCompare(key, s.key) == 1
}
