package password

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What new hashes have (RFC 9106 §3.1 asks for 16 bytes of salt).
const (
	saltBytes = 16
	keyBytes  = 32
)

// What a stored hash may ask for, unless the Hasher's own cost is higher. The memory
// is also what one worker can be made to take.
const (
	maxMemory  = 256 << 10  // KiB
	maxWork    = 1024 << 10 // KiB times passes
	maxThreads = 64
)

// cost is what one argon2id operation takes (RFC 9106 §3.1).
type cost struct {
	memory  uint32 // KiB
	time    uint32 // passes
	threads uint8  // lanes
}

func (c cost) work() uint64 { return uint64(c.memory) * uint64(c.time) }

// possible refuses what RFC 9106 §3.1 does, and more memory than a server has.
func (c cost) possible() error {
	switch {
	case c.memory < 8*uint32(c.threads):
		return errors.New("password: Hasher.Memory is below 8 KiB for each of Threads")
	case c.memory > 4<<20:
		return errors.New("password: Hasher.Memory is over 4 GiB; its unit is KiB")
	case c.time > 1000:
		return errors.New("password: Hasher.Time is over 1000 passes")
	}
	return nil
}

// recommended reports whether c is at least as strong as the weakest of OWASP's
// equivalent choices: 46 MiB×1, 19×2, 12×3, 9×4, 7×5.
func (c cost) recommended() bool {
	return c.memory >= 7<<10 && c.work() >= 5*7<<10
}

type argon2id struct {
	cost
	salt, key []byte
}

// parseArgon2id reads $argon2id$v=19$m=…,t=…,p=…$salt$key.
func parseArgon2id(s string, own cost) (stored, error) {
	fields := strings.Split(s, "$")
	if len(fields) != 6 || fields[2] != "v=19" {
		return nil, malformed("argon2id that is not of version 19 with five fields")
	}
	n, err := parameters(fields[3], "m", "t", "p")
	if err != nil {
		return nil, err
	}
	memory, time, threads := n[0], n[1], n[2]
	if threads > maxThreads {
		return nil, malformed("argon2id with %d lanes, more than %d", threads, maxThreads)
	}
	c := cost{memory, time, uint8(threads)}
	switch {
	case memory < 8*threads:
		return nil, malformed("argon2id with less than 8 KiB for each lane")
	case memory > max(maxMemory, own.memory):
		return nil, malformed("argon2id with %d KiB of memory, more than %d", memory, max(maxMemory, own.memory))
	case c.work() > max(maxWork, own.work()):
		return nil, malformed("argon2id with %d passes over %d KiB, more than one check may take", time, memory)
	}
	salt, key, err := saltAndKey(fields[4], fields[5])
	if err != nil {
		return nil, err
	}
	return argon2id{c, salt, key}, nil
}

func (a argon2id) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", a.memory, a.time, a.threads,
		b64.EncodeToString(a.salt), b64.EncodeToString(a.key))
}

func (a argon2id) work(string) uint64 { return a.cost.work() }

func (a argon2id) algorithm() string { return "argon2id" }

func (a argon2id) accepts(string) bool { return true }

func (a argon2id) matches(password string) bool {
	return subtle.ConstantTimeCompare(a.derive(password, len(a.key)), a.key) == 1
}

func (a argon2id) derive(password string, length int) []byte {
	return argon2.IDKey([]byte(password), a.salt, a.time, a.memory, a.threads, uint32(length))
}
