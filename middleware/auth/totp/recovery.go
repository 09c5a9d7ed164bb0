package totp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// recoveryLetters are 31 that look alike to nobody: no 0 and o, no 1, l and i.
const recoveryLetters = "23456789abcdefghjkmnpqrstuvwxyz"

const (
	recoveryLen   = 16 // letters, some 79 bits: nothing that can be guessed
	recoveryGroup = 4
)

// NewRecoveryCodes returns n codes, each good once in the place of an app's. They are shown
// to the user, to be printed, and kept by [RecoveryHash].
func NewRecoveryCodes(n int) []string {
	all := make([]string, n)
	for i := range all {
		var b strings.Builder
		for at := range recoveryLen {
			if at > 0 && at%recoveryGroup == 0 {
				b.WriteByte('-')
			}
			b.WriteByte(letter())
		}
		all[i] = b.String()
	}
	return all
}

// letter draws one without a bias: bytes beyond the last multiple are drawn again.
func letter() byte {
	const n = len(recoveryLetters)
	for {
		var b [1]byte
		_, _ = rand.Read(b[:])
		if int(b[0]) < 256/n*n {
			return recoveryLetters[int(b[0])%n]
		}
	}
}

// RecoveryHash returns what is kept of a recovery code: its SHA-256 in base64, which is
// enough for something that is drawn. It is the same however the code was typed: case,
// blanks and hyphens do not matter.
func RecoveryHash(code string) string {
	code = strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, strings.ToLower(code))
	sum := sha256.Sum256([]byte("surcoat recovery code " + code))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
